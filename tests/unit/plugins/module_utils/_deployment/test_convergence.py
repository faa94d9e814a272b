# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run brings any deployment to any desired state, and a second run only reads."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._tasks.deployment import TASK
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.property_tests import expensive
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.server import EmulatorServer

MODELS = ("mistral/mistral-7b-instruct-v0.3:bf16", "meta/llama-3.1-8b-instruct:fp8")
NETWORKS = ("5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001", "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c002")

endpoints = st.lists(
    st.fixed_dictionaries({"where": st.sampled_from((None, *NETWORKS))}, optional={"disable_auth": st.booleans()}),
    min_size=1,
    max_size=3,
    unique_by=lambda one: one["where"],
).map(
    lambda ones: [
        {
            **({"public": True} if one["where"] is None else {"private_network_id": one["where"]}),
            **({"disable_auth": one["disable_auth"]} if "disable_auth" in one else {}),
        }
        for one in ones
    ]
)
sizes = st.integers(1, 3)
query = st.fixed_dictionaries(
    {"model": st.sampled_from(MODELS), "node_type": st.sampled_from(("L4", "L40S")), "size": sizes},
    optional={
        "tags": st.lists(st.sampled_from(("a", "b", "c")), max_size=3),
        "endpoints": endpoints,
        "purge_endpoints": st.booleans(),
    },
)


def options(chosen_options: dict[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in chosen_options.items() if key != "size"}
    if "endpoints" not in rest:
        rest.pop("purge_endpoints", None)
    return {
        "name": "chat",
        "accept_eula": True,
        "on_immutable_change": "recreate",
        "min_size": chosen_options["size"],
        "max_size": chosen_options["size"],
        **rest,
    }


@expensive()
@given(st.sampled_from(("v1beta1", "v1")), query, query, st.booleans())
def test_any_desired_state_is_reached_in_one_run(version: str, first: Any, second: Any, hurried: bool) -> None:
    clock = ManualClock()
    with EmulatorServer(Config(creating=3, deploying=3, updating=3, deleting=1, jitter=0), clock=clock) as emulator:
        runner = Runner(emulator, clock, {"SCW_INFERENCE_API_VERSION": version, "HOME": "/nonexistent"})
        runner.ok(TASK, **options(first), wait=not hurried)
        asked = options(second)
        predicted = runner.run(TASK, **asked, check_mode=True)
        if predicted.get("failed"):
            # What a recreation would lose is refused. With what the error gives to paste, it is reached.
            assert runner.failure(TASK, **asked)["msg"] == predicted["msg"]
            asked.update(predicted["error"]["undeclared"]["chat"])
            predicted = runner.ok(TASK, **asked, check_mode=True)
        real = runner.ok(TASK, **asked)
        deployment = real["deployment"]

        assert real["changed"] == predicted["changed"]
        assert real["diff"] == predicted["diff"]
        assert (deployment["model"], deployment["node_type"]) == (second["model"], second["node_type"])
        assert (deployment["min_size"], deployment["max_size"]) == (second["size"], second["size"])
        if "tags" in second:
            assert set(deployment["tags"]) == set(second["tags"])
        there = {one["private_network_id"]: one["disable_auth"] for one in deployment["endpoints"]}
        for desired in second.get("endpoints", []):
            network = desired.get("private_network_id")
            assert network in there
            assert desired.get("disable_auth") in (None, there[network])
        assert len(emulator.deployments()) == 1

        emulator.clear_journal()
        assert not runner.ok(TASK, **asked)["changed"]
        assert runner.writes() == []
