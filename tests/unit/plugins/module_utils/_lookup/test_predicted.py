# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode predicts steps, diff and C(changed) of the real run, except for IDs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import acl, deployment, endpoint, fleet, model
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.property_tests import expensive
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.server import EmulatorServer

MODELS = ("mistral/mistral-7b-instruct-v0.3:bf16", "meta/llama-3.1-8b-instruct:fp8")
NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
V1 = "v1"
QUICK = Config(creating=2, deploying=2, updating=2, deleting=2, preparing=1, downloading=1, jitter=0)
_ID = re.compile(r" \([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\)|(?<= )[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")

rules = st.lists(
    st.fixed_dictionaries(
        {"ip": st.sampled_from(("192.0.2.0/24", "198.51.100.7", "2001:db8::/48"))},
        optional={"description": st.sampled_from(("", "Office"))},
    ),
    max_size=3,
    unique_by=lambda one: one["ip"],
)
endpoints = st.lists(
    st.fixed_dictionaries({"where": st.sampled_from(("public", "private"))}, optional={"disable_auth": st.booleans()}),
    min_size=1,
    max_size=2,
    unique_by=lambda one: one["where"],
).map(
    lambda ones: [
        {
            **({"public": True} if one["where"] == "public" else {"private_network_id": NETWORK}),
            **{key: value for key, value in one.items() if key != "where"},
        }
        for one in ones
    ]
)
query = st.fixed_dictionaries(
    {"model": st.sampled_from(MODELS), "node_type": st.sampled_from(("L4", "L40S"))},
    optional={
        "tags": st.lists(st.sampled_from(("b", "a")), max_size=2),
        "min_size": st.integers(1, 2),
        "endpoints": endpoints,
        "purge_endpoints": st.booleans(),
        "rules": rules,
        "purge_rules": st.booleans(),
        "allow_all": st.booleans(),
        "quantization_bits": st.sampled_from((8, 16)),
        "wait": st.booleans(),
    },
)
absent = st.just({"state": "absent"})
one_endpoint = st.fixed_dictionaries(
    {"where": st.sampled_from(("public", "private")), "state": st.sampled_from(("present", "absent"))},
    optional={"disable_auth": st.booleans(), "wait": st.booleans()},
)
some_rules = st.fixed_dictionaries(
    {"rules": rules, "state": st.sampled_from(("present", "absent"))},
    optional={"purge_rules": st.booleans(), "allow_all": st.booleans()},
)
own_model = st.fixed_dictionaries({"state": st.sampled_from(("present", "absent"))}, optional={"wait": st.booleans()})
asked = st.one_of(
    st.tuples(st.just("deployment"), st.one_of(query, query, absent)),
    st.tuples(st.just("fleet"), st.lists(st.one_of(query, absent), min_size=1, max_size=2)),
    st.tuples(st.just("endpoint"), one_endpoint),
    st.tuples(st.just("acl"), some_rules),
    st.tuples(st.just("model"), own_model),
)

stories = st.tuples(query, st.lists(asked, min_size=1, max_size=3)).map(
    lambda story: [("deployment", story[0]), *story[1]]
)


def fitting(chosen_options: dict[str, Any], version: str) -> dict[str, Any]:
    """The options without those that the version lacks or that contradict each other."""
    kept = dict(chosen_options)
    if version == V1:
        for name in ("rules", "purge_rules", "allow_all"):
            kept.pop(name, None)
    else:
        kept.pop("quantization_bits", None)
    for name, of in (("purge_endpoints", "endpoints"), ("purge_rules", "rules"), ("allow_all", "rules")):
        if of not in kept:
            kept.pop(name, None)
    if "min_size" in kept:
        kept["max_size"] = kept["min_size"]
    return kept if kept.get("state") == "absent" else {**kept, "accept_eula": True, "on_immutable_change": "recreate"}


def task_of(kind: str, chosen_options: Any, version: str) -> tuple[Any, dict[str, Any]]:
    if kind == "deployment":
        return deployment.TASK, {"name": "chat", **fitting(chosen_options, version)}
    if kind == "fleet":
        entries = [
            {"name": name, **fitting(one, version)} for name, one in zip(("chat", "more"), chosen_options, strict=False)
        ]
        for entry in entries:
            entry.pop("wait", None)
        return fleet.TASK, {"name": "support", "deployments": entries, "purge": True, "max_deletions": 5}
    if kind == "endpoint":
        where = {"public": True} if chosen_options["where"] == "public" else {"private_network_id": NETWORK}
        return endpoint.TASK, {
            "deployment": "chat",
            **where,
            **{key: value for key, value in chosen_options.items() if key != "where"},
        }
    if kind == "acl":
        return acl.TASK, {"deployment": "chat", **chosen_options}
    source = {"source_url": "https://huggingface.co/acme/coder-14b"} if chosen_options["state"] == "present" else {}
    return model.TASK, {"name": "coder", **chosen_options, **source}


def comparable(result: dict[str, Any]) -> dict[str, Any]:
    """The part of a result that check mode can predict: without IDs, which only the service gives."""

    def steps(ones: list[str]) -> list[str]:
        return [_ID.sub("", one) for one in ones]

    return {
        "changed": result["changed"],
        "diff": result.get("diff"),
        "steps": steps(result.get("steps", [])),
        "members": [(one["name"], one["outcome"], steps(one["steps"])) for one in result.get("members", [])],
        "counts": result.get("counts"),
        # The service lists them in an order of its own.
        "rules": sorted((one["ip"], one["description"]) for one in result.get("rules") or []),
        "no_rules": result.get("rules") is None,
    }


@expensive()
@given(st.sampled_from(("v1beta1", V1)), stories)
def test_check_mode_predicts_the_real_run(version: str, story: list[Any]) -> None:
    clock = ManualClock()
    with EmulatorServer(QUICK, clock=clock) as emulator:
        runner = Runner(emulator, clock, {"SCW_INFERENCE_API_VERSION": version, "HOME": "/nonexistent"})
        for kind, chosen_options in story:
            if (kind == "acl" and version == V1) or (kind == "model" and version != V1):
                continue
            task, options = task_of(kind, chosen_options, version)
            emulator.clear_journal()
            predicted = runner.run(task, **options, check_mode=True)
            assert runner.writes() == []
            real = runner.run(task, **options)
            if "predicted as if" in str(predicted.get("warnings")):
                # Of what isn't there, check mode says what would be, were it there.
                assert real["failed"]
                continue
            assert bool(real.get("failed")) == bool(predicted.get("failed")), (predicted, real)
            if not real.get("failed"):
                assert comparable(real) == comparable(predicted)


@pytest.mark.parametrize("api_version", ["v1beta1"])
@pytest.mark.parametrize("many", [False, True])
def test_recreation_is_predicted_in_full(runner: Runner, many: bool) -> None:
    """The new deployment has neither the ID and URLs of the old one, nor its rules unless they are declared."""
    old = {"name": "chat", "model": MODELS[0], "node_type": "L4", "tags": ["a"]}
    office, home = {"ip": "192.0.2.0/24", "description": "Office"}, {"ip": "198.51.100.7", "description": ""}
    new: dict[str, Any] = {**old, "node_type": "L40S", "on_immutable_change": "recreate"}
    more = {"endpoints": [{"public": True, "disable_auth": True}, {"private_network_id": NETWORK}]}
    desired: list[dict[str, Any]] = [
        {"rules": [office], **more},
        {"rules": [], "purge_rules": True, "allow_all": True, "endpoints": [{"private_network_id": NETWORK}]},
        {"rules": [home], "purge_rules": True},
    ]
    for options in desired:
        runner.ok(deployment.TASK, name="chat", state="absent")
        runner.ok(deployment.TASK, **old, rules=[office])
        task, asked = deployment.TASK, {**new, **options, "purge_endpoints": "endpoints" in options}
        if many:
            task, asked = fleet.TASK, {"name": "support", "deployments": [asked]}
        predicted, real = (runner.ok(task, **asked, check_mode=check_mode) for check_mode in (True, False))
        assert comparable(predicted) == comparable(real)
        member, made = (result["members"][0] if many else result for result in (predicted, real))
        known = {key: value for key, value in member["deployment"].items() if value is not None}
        for endpoint_there in known["endpoints"]:
            assert (endpoint_there.pop("id"), endpoint_there.pop("url")) == (None, None)
        there = {key: made["deployment"][key] for key in known}
        there["endpoints"] = [
            {key: value for key, value in one.items() if key not in ("id", "url")} for one in there["endpoints"]
        ]
        for endpoints in (there["endpoints"], known["endpoints"]):
            endpoints.sort(key=lambda one: one["private_network_id"] or "")
        there["tags"].sort()
        assert known == there
        assert {
            "name",
            "project_id",
            "region",
            "model",
            "model_id",
            "node_type",
            "min_size",
            "max_size",
        } <= known.keys()
        predicted_rules = [{**rule, "id": None} for rule in made["rules"]]
        assert sorted(member["rules"], key=str) == sorted(predicted_rules, key=str)


# What a template of a result leaves, where an earlier task only predicted it: null, or an empty text.
UNKNOWN = pytest.mark.parametrize("unknown", [None, ""])


@UNKNOWN
@pytest.mark.parametrize("api_version", [V1])
@pytest.mark.parametrize("in_defaults", [False, True])
def test_fleet_with_a_predicted_model(runner: Runner, unknown: str | None, in_defaults: bool) -> None:
    entry, model_option = {"name": "coder", "node_type": "L4"}, {"model": unknown}
    options: dict[str, Any] = {"name": "own", "deployments": [entry if in_defaults else {**entry, **model_option}]}
    if in_defaults:
        options["defaults"] = model_option
    one = runner.ok(deployment.TASK, **entry, **model_option, check_mode=True)
    many = runner.ok(fleet.TASK, **options, check_mode=True)
    assert many["warnings"] == one["warnings"]
    assert many["counts"] == {"created": 1}
    member = many["members"][0]
    assert member["steps"] == one["steps"]
    assert {**member["deployment"], "tags": []} == one["deployment"]
    assert one["deployment"]["model"] is None
    # As is, it may be an entry of a fleet.
    again = runner.ok(fleet.TASK, name="own", deployments=[one["deployment"]], check_mode=True)
    assert again["counts"] == {"created": 1}
    # Where it is nothing but empty, the real run fails.
    assert "model is needed" in runner.failure(fleet.TASK, **options)["msg"]
    assert runner.writes() == []


@UNKNOWN
def test_fleet_whose_defaults_fill_in_an_empty_model(runner: Runner, unknown: str | None) -> None:
    desired = {
        "name": "support",
        "deployments": [{"name": "chat", "model": unknown, "node_type": "L4"}],
        "defaults": {"model": MODELS[0]},
    }
    predicted, real = (runner.ok(fleet.TASK, **desired, check_mode=check_mode) for check_mode in (True, False))
    assert comparable(predicted) == comparable(real)
    assert predicted["members"][0]["deployment"]["model"] == MODELS[0]


@UNKNOWN
def test_fleet_with_predicted_deployments(runner: Runner, unknown: str | None) -> None:
    entries = [
        {"id": unknown, "tags": ["a"]},
        {"id": unknown, "tags": ["b"]},
        {"id": unknown, "state": "absent"},
    ]
    result = runner.ok(fleet.TASK, name="support", deployments=entries, check_mode=True)
    assert [one["outcome"] for one in result["members"]] == ["updated", "updated", "unchanged"]
    assert [one["name"] for one in result["diff"]["after"].values()] == ["(predicted)"] * 2
    assert any("predicted as if it were that of a deployment" in warning for warning in result["warnings"])
    refused = runner.failure(fleet.TASK, name="support", deployments=entries)["msg"]
    assert refused.startswith("3 of 3 entries can't be met")
    assert "one of name and id is needed" in refused


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"deployments": [{"name": "a", "model": None, "node_type": "H9"}]}, "H9"),
        ({"deployments": [{"name": "a", "model": None}]}, "node_type is needed"),
        ({"deployments": [{"name": "a", "node_type": "L4"}]}, "model is needed"),
        ({"deployments": [{"name": "a", "model": None, "node_type": "L4", "min_size": 0}]}, "min_size: must be"),
        ({"deployments": [{"name": "", "model": MODELS[0], "node_type": "L4"}]}, "one of name and id"),
        ({"deployments": [{"id": None, "min_size": 0}]}, "deployments[0]: min_size: must be"),
    ],
)
@pytest.mark.parametrize("api_version", [V1])
def test_check_mode_fails_where_a_fleet_surely_does(runner: Runner, options: dict[str, Any], reason: str) -> None:
    assert reason in runner.failure(fleet.TASK, name="own", **options, check_mode=True)["msg"]


@pytest.mark.parametrize("api_version", ["v1beta1"])
def test_no_model_is_predicted_without_imports(runner: Runner) -> None:
    entry = {"name": "a", "model": None, "node_type": "L4"}
    for options in ({"deployments": [entry]}, {"deployments": [{**entry, "model": ""}], "defaults": {"model": None}}):
        refused = runner.failure(fleet.TASK, name="own", **options, check_mode=True)["msg"]
        assert "model is needed" in refused


@pytest.mark.parametrize("check_mode", [False, True])
def test_fleet_refuses_the_placeholder_as_a_value(runner: Runner, check_mode: bool) -> None:
    word = "(predicted)"
    entries = [
        {"name": "a", "model": word, "node_type": "L4"},
        {"id": word},
        {"name": "c", "model": MODELS[0], "node_type": "H9"},
    ]
    refused = runner.failure(fleet.TASK, name="own", deployments=entries, check_mode=check_mode)["msg"]
    assert refused.startswith("3 of 3 entries can't be met")
    assert f"deployments[0] (a): model: '{word}' stands for nothing; give a name or an ID" in refused
    assert f"deployments[1]: id: '{word}' stands for nothing" in refused
    options = {"deployments": [{"name": "a", "node_type": "L4"}], "defaults": {"model": word}}
    refused = runner.failure(fleet.TASK, name="own", **options, check_mode=check_mode)["msg"]
    assert refused == f"defaults.model: '{word}' stands for nothing; give a name or an ID"
    assert runner.writes() == []
