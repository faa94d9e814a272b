# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(acl): sets of networks, one write at most, never open by accident."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import OptionError
from ansible_collections.scaleway.inference.plugins.module_utils._client.resources import AclRule
from ansible_collections.scaleway.inference.plugins.module_utils._tasks import acl_info, deployment
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.acl import TASK
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.acl_plan import plan_rules, wanted_rules
from emulator.faults import Fault
from emulator.server import EmulatorServer
from support.clock import ManualClock
from support.tasks import Runner

OFFICE = {"ip": "192.0.2.0/24", "description": "Office"}
SERVER = {"ip": "2001:db8::17", "description": "Server"}


@pytest.fixture
def api_version() -> str:
    return "v1beta1"


@pytest.fixture
def chat(runner: Runner) -> str:
    """The ID of a ready deployment with a public endpoint."""
    options = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
    made = runner.ok(deployment.TASK, **options)["deployment"]
    runner.emulator.clear_journal()
    return str(made["id"])


def rules(result: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((rule["ip"], rule["description"]) for rule in result["rules"])


def test_walk(runner: Runner, chat: str) -> None:
    foretold = runner.ok(TASK, deployment="chat", rules=[OFFICE, SERVER], check_mode=True)
    assert foretold["changed"]
    assert runner.writes() == []
    made = runner.ok(TASK, deployment="chat", rules=[OFFICE, SERVER])
    assert made["diff"] == foretold["diff"]
    assert rules(made) == [("192.0.2.0/24", "Office"), ("2001:db8::17", "Server")]
    again = runner.ok(TASK, deployment="chat", rules=[{"ip": "2001:0db8:0:0::17/128"}, OFFICE])
    assert not again["changed"]
    described = runner.ok(TASK, deployment="chat", rules=[{**SERVER, "description": "Web"}])
    assert rules(described) == [("192.0.2.0/24", "Office"), ("2001:db8::17", "Web")]
    purged = runner.ok(TASK, deployment="chat", rules=[{"ip": "192.0.2.0/24"}], purge=True)
    assert rules(purged) == [("192.0.2.0/24", "Office")]
    assert runner.ok(acl_info.TASK, deployment=chat)["rules"] == purged["rules"]
    path = f"/deployments/{chat}/acls"
    assert runner.writes() == [f"POST {path}", f"PUT {path}", f"PUT {path}"]
    assert not runner.ok(TASK, deployment="chat", rules=[SERVER], state="absent")["changed"]


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("options", [{"rules": [OFFICE], "state": "absent"}, {"rules": [], "purge": True}])
def test_last_rule_goes_only_when_told(runner: Runner, chat: str, options: dict[str, Any], check_mode: bool) -> None:
    runner.ok(TASK, deployment="chat", rules=[OFFICE])
    runner.emulator.clear_journal()
    message = runner.failure(TASK, deployment="chat", **options, check_mode=check_mode)["msg"]
    assert "open to every address" in message
    assert "allow_all: true" in message
    assert runner.writes() == []
    assert runner.ok(TASK, deployment="chat", **options, allow_all=True)["rules"] == []


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([{"ip": "10.0.0.1/24"}], "did you mean 10.0.0.0/24?"),
        ([{"ip": "2001:db8::1/64"}], "did you mean 2001:db8::/64?"),
        ([{"ip": "ten"}], "'ten' is neither an address"),
        ([{"ip": "10.0.0.0/33"}], "is neither an address"),
        ([{"ip": "10.0.0.1"}, {"ip": "10.0.0.1/32"}], "10.0.0.1 is listed more than once"),
        ([{"ip": "::1"}, {"ip": "0:0::0:1"}], "::1 is listed more than once"),
        ([], "list at least one, or set purge: true"),
    ],
)
def test_wrong_rules_are_refused_before_any_write(
    runner: Runner, chat: str, entries: list[dict[str, str]], message: str
) -> None:
    assert message in runner.failure(TASK, deployment="chat", rules=entries)["msg"]
    assert runner.requests() == []


@pytest.mark.parametrize("api_version", ["v1"])
@pytest.mark.parametrize("task", [TASK, acl_info.TASK], ids=lambda task: task.name)
def test_v1_says_what_replaces_rules(runner: Runner, task: Any) -> None:
    options = {"rules": [OFFICE]} if task is TASK else {}
    message = runner.failure(task, deployment="chat", **options)["msg"]
    assert "api_version v1beta1" in message
    assert "IAM policy" in message
    assert runner.requests() == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["reset", "status"])
def test_lost_answer_is_read_back_and_nothing_is_added_twice(runner: Runner, chat: str, when: Any, kind: Any) -> None:
    runner.emulator.add_fault(Fault(method="POST", path="/acls$", kind=kind, when=when, status=502, body=""))
    result = runner.ok(TASK, deployment="chat", rules=[OFFICE])
    assert rules(result) == [("192.0.2.0/24", "Office")]
    assert result["changed"]


def test_rules_that_do_not_stick_are_an_error(runner: Runner, chat: str) -> None:
    runner.emulator.add_fault(Fault(method="POST", path="/acls$", kind="forget"))
    result = runner.failure(TASK, deployment="chat", rules=[OFFICE])
    assert "didn't keep them" in result["msg"]


def test_deployment_that_is_not_there(runner: Runner) -> None:
    assert "there is no deployment 'chaos'" in runner.failure(TASK, deployment="chaos", rules=[OFFICE])["msg"]
    assert not runner.ok(TASK, deployment="chaos", rules=[OFFICE], state="absent")["changed"]


# Any set of rules, from few enough networks that sets meet, in any spelling.
NETWORKS = [
    ipaddress.ip_network(one)
    for one in ("10.0.0.1", "10.0.0.0/24", "10.0.0.0/8", "0.0.0.0/0", "::1", "2001:db8::/32", "2001:db8::17", "::/0")
]


def spelled(network: Any, how: int) -> str:
    plain = str(network.network_address)
    forms = [str(network), network.network_address.exploded + f"/{network.prefixlen}"]
    if network.num_addresses == 1:
        forms += [plain, network.network_address.exploded]
    return forms[how % len(forms)]


descriptions = st.sampled_from(("", "a", "b"))
rule_sets = st.dictionaries(st.sampled_from(NETWORKS), st.tuples(descriptions, st.integers(0, 3)), max_size=6)
current_rules = rule_sets.map(
    lambda found: [
        AclRule(id=str(number), ip=spelled(network, how), description=text)
        for number, (network, (text, how)) in enumerate(found.items())
    ]
)
entries = rule_sets.flatmap(
    lambda found: st.tuples(*(st.booleans() for _network in found)).map(
        lambda told: [
            {"ip": spelled(network, how), "description": text if said else None}
            for (network, (text, how)), said in zip(found.items(), told, strict=True)
        ]
    )
)


def as_set(rules: list[dict[str, Any]]) -> dict[Any, str]:
    return {ipaddress.ip_network(one["ip"]): one["description"] for one in rules}


@settings(max_examples=80, deadline=None)
@given(current_rules, entries, st.booleans(), st.booleans())
def test_any_set_is_reached_in_one_write_at_most(
    emulator_server: EmulatorServer, current: Any, asked: Any, present: bool, purge: bool
) -> None:
    clock = ManualClock()
    emulator_server.reset(clock=clock)
    runner = Runner(emulator_server, clock, {"HOME": "/nonexistent"})
    options = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
    chat = runner.ok(deployment.TASK, **options)["deployment"]["id"]
    given_rules = {"acls": [{"ip": rule.ip, "description": rule.description} for rule in current]}
    url = f"{emulator_server.url}/inference/v1beta1/regions/fr-par/deployments/{chat}/acls"
    headers = {"X-Auth-Token": emulator_server.secret_key}
    requests.put(url, json=given_rules, headers=headers, timeout=10).raise_for_status()
    runner.emulator.clear_journal()
    wish = {
        "deployment": "chat",
        "rules": asked,
        "state": "present" if present else "absent",
        "purge": purge or not asked,
        "allow_all": True,
    }

    foretold = runner.ok(TASK, **wish, check_mode=True)
    assert runner.writes() == []
    result = runner.ok(TASK, **wish)
    # One write changes all at once: there is no moment but before it and after it.
    assert len(runner.writes()) <= 1
    assert result["changed"] == bool(runner.writes()) == foretold["changed"]
    assert result["diff"] == foretold["diff"]

    before, after, told = as_set(given_rules["acls"]), as_set(result["rules"]), as_set(asked)
    if not present:
        assert after == {network: text for network, text in before.items() if network not in told}
    else:
        kept = {} if wish["purge"] else before
        wanted = {network: before.get(network, "") if text is None else text for network, text in told.items()}
        assert after == {**kept, **wanted}
    assert len(result["rules"]) == len(after)

    runner.emulator.clear_journal()
    again = runner.ok(TASK, **wish)
    assert not again["changed"]
    assert runner.writes() == []


@given(current_rules, entries, st.booleans(), st.booleans())
def test_nothing_opens_by_accident(current: Any, asked: Any, present: bool, purge: bool) -> None:
    wanted = wanted_rules(asked, present=present, purge=purge or not asked, allow_all=False)
    try:
        step = plan_rules(current, wanted, "chat").step
    except OptionError as error:
        assert "allow_all: true" in str(error)
    else:
        assert step is None or step.rules
