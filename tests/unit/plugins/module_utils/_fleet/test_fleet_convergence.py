# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run brings any region to any desired fleet, as check mode predicts, and a second run only reads."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import acl, deployment
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.fleet import TASK
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.property_tests import expensive
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.server import EmulatorServer

NAMES = ("a", "b", "c", "d")
MODELS = ("mistral/mistral-7b-instruct-v0.3:bf16", "meta/llama-3.1-8b-instruct:fp8")
NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
TAG = "fleet: support"
# The version that has no rules.
V1 = "v1"

rules = st.lists(st.sampled_from(("192.0.2.0/24", "198.51.100.7", "2001:db8::/48")), max_size=3, unique=True)
present = st.fixed_dictionaries(
    {
        "model": st.sampled_from(MODELS),
        "node_type": st.sampled_from(("L4", "L40S")),
        "tags": st.lists(st.sampled_from(("x", "y")), max_size=2, unique=True),
    },
    optional={
        "endpoints": st.sampled_from(
            ([{"public": True}], [{"private_network_id": NETWORK}], [{"public": True}, {"private_network_id": NETWORK}])
        ),
        "rules": rules.map(lambda ips: [{"ip": ip} for ip in ips]),
    },
)
# What is there before: whether each is the fleet's, or nobody's, and whether someone left it unfinished.
region = st.dictionaries(
    st.sampled_from(NAMES),
    st.tuples(present, st.booleans(), st.sampled_from(("ready", "begun", "deleting"))),
    max_size=4,
)
fleet = st.dictionaries(
    st.sampled_from(NAMES),
    st.one_of(present, st.just({"state": "absent"}), st.just({"purge_endpoints": True})),
    max_size=4,
)
manners = st.fixed_dictionaries(
    {"purge": st.booleans(), "delete_first": st.booleans(), "parallel": st.integers(1, 5), "fail_fast": st.booleans()}
)


def prepare(runner: Runner, name: str, chosen_options: dict[str, Any], owned: bool, stage: str) -> None:
    options = {key: value for key, value in chosen_options.items() if key != "rules"}
    tags = [*chosen_options["tags"], *([TAG] if owned else [])]
    runner.ok(deployment.TASK, name=name, accept_eula=True, **{**options, "tags": tags}, wait=stage != "begun")
    if chosen_options.get("rules") and stage == "ready" and runner.environ["SCW_INFERENCE_API_VERSION"] != V1:
        runner.ok(acl.TASK, deployment=name, rules=chosen_options["rules"])
    if stage == "deleting":
        runner.ok(deployment.TASK, name=name, state="absent", wait=False)


def entry(name: str, chosen_options: dict[str, Any], there: bool, version: str) -> dict[str, Any]:
    if chosen_options.get("purge_endpoints"):
        # An entry that says next to nothing: enough for a deployment that is there, but not for a new one.
        return {"name": name, **({} if there else {"model": MODELS[0], "node_type": "L4"})}
    return {"name": name, **{key: value for key, value in chosen_options.items() if key != "rules" or version != V1}}


@expensive()
@given(st.sampled_from(("v1beta1", V1)), region, fleet, manners)
def test_any_desired_fleet_is_reached_in_one_run(
    version: str, before: Any, desired: Any, fleet_options: dict[str, Any]
) -> None:
    clock = ManualClock()
    with EmulatorServer(Config(creating=3, deploying=3, updating=3, deleting=3, jitter=0), clock=clock) as emulator:
        runner = Runner(emulator, clock, {"SCW_INFERENCE_API_VERSION": version, "HOME": "/nonexistent"})
        for name, (chosen_options, owned, stage) in before.items():
            prepare(runner, name, chosen_options, owned, stage)
        there = {one.name: one.id for one in emulator.deployments() if emulator.status(one.id) != "deleting"}
        options = {
            "name": "support",
            "defaults": {"accept_eula": True, "on_immutable_change": "recreate"},
            "deployments": [
                entry(name, chosen_options, name in there, version) for name, chosen_options in desired.items()
            ],
            "max_deletions": 4,
            **fleet_options,
            # Only state: absent deletes the whole fleet.
            "purge": fleet_options["purge"] and bool(desired),
        }

        emulator.clear_journal()
        predicted = runner.run(TASK, **options, check_mode=True)
        if predicted.get("failed"):
            # What recreations would lose is refused. With what the error gives to paste, the fleet is reached.
            undeclared = predicted["error"]["undeclared"]
            options["deployments"] = [{**one, **undeclared.get(one["name"], {})} for one in options["deployments"]]
            predicted = runner.ok(TASK, **options, check_mode=True)
        assert runner.writes() == []
        result = runner.ok(TASK, **options)
        assert (result["changed"], result["diff"]) == (predicted["changed"], predicted["diff"])
        assert result["counts"] == predicted["counts"]
        steps = sum(len(member["steps"]) for member in result["members"])
        assert len(runner.writes()) == steps

        now = {one.name: one for one in emulator.deployments()}
        assert len(now) == len(emulator.deployments())
        for name, chosen_options in desired.items():
            if chosen_options.get("state") == "absent":
                assert name not in now
                continue
            assert TAG in now[name].tags
            if "model" in chosen_options:
                assert set(now[name].tags) == {*chosen_options["tags"], TAG}
                assert now[name].node_type == chosen_options["node_type"]
        for name, (_wish, owned, stage) in before.items():
            if name in desired or stage == "deleting":
                continue
            # Whoever isn't listed stays, but for the fleet's own in a purge.
            assert (name in now) == (not (owned and options["purge"]))
            assert name not in now or now[name].id == there[name]

        emulator.clear_journal()
        again = runner.ok(TASK, **options)
        assert not again["changed"]
        with_rules = sum(1 for one in options["deployments"] if one.get("rules"))
        assert len(runner.requests()) == 1 + with_rules
        assert runner.writes() == []
