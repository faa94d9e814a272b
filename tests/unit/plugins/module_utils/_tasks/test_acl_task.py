# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(acl): sets of networks, additions before removals, and never open by accident."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import OptionError
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.api import InferenceApi
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.resources import AclRule
from ansible_collections.scaleway.inference.plugins.module_utils._deployment.rules import parse_rules, plan_rules
from ansible_collections.scaleway.inference.plugins.module_utils._tasks import acl_info, deployment
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.acl import TASK
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.property_tests import expensive
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.journal import JournalEntry
from scaleway_inference_emulator.server import EmulatorServer

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


def set_rules(runner: Runner, chat: str, given_rules: list[dict[str, str]]) -> list[dict[str, str]]:
    """Replace all rules by a request to the service; return them as the service does."""
    url = f"{runner.emulator.url}/inference/v1beta1/regions/fr-par/deployments/{chat}/acls"
    headers = {"X-Auth-Token": runner.emulator.secret_key}
    answer = requests.put(url, json={"acls": given_rules}, headers=headers, timeout=10)
    answer.raise_for_status()
    runner.emulator.clear_journal()
    return list(answer.json()["rules"])


def rules(result: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((rule["ip"], rule["description"]) for rule in result["rules"])


def test_walk(runner: Runner, chat: str) -> None:
    predicted = runner.ok(TASK, deployment="chat", rules=[OFFICE, SERVER], check_mode=True)
    assert predicted["changed"]
    assert runner.writes() == []
    made = runner.ok(TASK, deployment="chat", rules=[OFFICE, SERVER])
    assert made["diff"] == predicted["diff"]
    assert rules(made) == [("192.0.2.0/24", "Office"), ("2001:db8::17", "Server")]
    again = runner.ok(TASK, deployment="chat", rules=[{"ip": "2001:0db8:0:0::17/128"}, OFFICE])
    assert not again["changed"]
    described = runner.ok(TASK, deployment="chat", rules=[{**SERVER, "description": "Web"}])
    assert rules(described) == [("192.0.2.0/24", "Office"), ("2001:db8::17", "Web")]
    purged = runner.ok(TASK, deployment="chat", rules=[{"ip": "192.0.2.0/24"}], purge_rules=True)
    assert rules(purged) == [("192.0.2.0/24", "Office")]
    assert runner.ok(acl_info.TASK, deployment=chat)["rules"] == purged["rules"]
    path = f"/deployments/{chat}/acls"
    served = {rule["description"]: rule["id"] for one in (made, described) for rule in one["rules"]}
    removals = [f"DELETE /acls/{served['Server']}", f"DELETE /acls/{served['Web']}"]
    assert runner.writes() == [f"POST {path}", f"POST {path}", *removals]
    assert not runner.ok(TASK, deployment="chat", rules=[SERVER], state="absent")["changed"]


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("options", [{"rules": [OFFICE], "state": "absent"}, {"rules": [], "purge_rules": True}])
def test_last_rule_is_removed_only_with_allow_all(
    runner: Runner, chat: str, options: dict[str, Any], check_mode: bool
) -> None:
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
        ([{"ip": "ten"}], "rules[0].ip: 'ten' is neither an address"),
        (["192.0.2.1", "10.0.0.0/33"], "rules[1].ip: '10.0.0.0/33' is neither an address"),
        (
            [{"ip": "10.0.0.1", "description": "a"}, {"ip": "10.0.0.1/32", "description": "b"}],
            "10.0.0.1 is listed more than once (in whatever spelling), with the descriptions 'a' and 'b'",
        ),
        ([{"ip": "::1", "description": ""}, {"ip": "0:0::0:1", "description": "x"}], "::1 is listed more than once"),
        ([{"ip": "192.0.2.1"}, 7], "rules[1]: '7' is no dictionary; give a dictionary of ip, description"),
        (["192.0.2.1", ""], "rules[1]: it is empty; give a dictionary of ip, description, or take it out"),
        ([], "list at least one, or set purge_rules: true"),
    ],
)
def test_wrong_rules_are_refused_before_any_write(
    runner: Runner, chat: str, entries: list[dict[str, str]], message: str
) -> None:
    assert message in runner.failure(TASK, deployment="chat", rules=entries)["msg"]
    assert runner.requests() == []


@pytest.mark.parametrize("rules", [["192.0.2.0/24", " 2001:db8::17 "], "192.0.2.0/24, 2001:db8::17"])
def test_text_is_a_rule_for_that_address(runner: Runner, chat: str, rules: Any) -> None:
    made = runner.ok(TASK, deployment="chat", rules=rules)
    assert [one["ip"] for one in made["rules"]] == ["192.0.2.0/24", "2001:db8::17"]
    assert not runner.ok(TASK, deployment="chat", rules=rules)["changed"]
    assert not runner.ok(deployment.TASK, name="chat", rules=rules)["changed"]
    assert not runner.ok(TASK, deployment="chat", rules=[*made["rules"], "192.0.2.0/24"], purge_rules=True)["changed"]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_range_with_a_host_address_is_accepted_with_one_warning(runner: Runner, chat: str, state: str) -> None:
    rules = ["192.0.2.77/24", "2001:db8::1/64", "198.51.100.0/24"]
    if state == "absent":
        runner.ok(TASK, deployment="chat", rules=["192.0.2.0/24", "2001:db8::/64", "198.51.100.0/24", "203.0.113.1"])
    for check_mode in (True, False):
        result = runner.ok(TASK, deployment="chat", rules=rules, state=state, check_mode=check_mode)
        value_warnings = [one for one in result["warnings"] if "first address" in one]
        assert len(value_warnings) == 2
        assert (
            "'192.0.2.77/24' isn't the first address of its range, and is taken for all of 192.0.2.0/24"
            in value_warnings[0]
        )
    again = runner.ok(TASK, deployment="chat", rules=rules, state=state)
    assert not again["changed"]
    assert "warnings" not in again
    if state == "present":
        assert [one["ip"] for one in again["rules"]] == ["192.0.2.0/24", "2001:db8::/64", "198.51.100.0/24"]


def test_returned_rule_with_a_host_address_can_be_given_back(
    runner: Runner, chat: str, emulator: EmulatorServer
) -> None:
    url = f"{emulator.url}/inference/v1beta1/regions/fr-par/deployments/{chat}/acls"
    headers = {"X-Auth-Token": emulator.secret_key}
    requests.post(url, json={"acls": [{"ip": "192.0.2.77/24"}]}, headers=headers, timeout=10).raise_for_status()
    rules = runner.ok(acl_info.TASK, deployment="chat")["rules"]
    assert rules[0]["ip"] == "192.0.2.77/24"
    again = runner.ok(TASK, deployment="chat", rules=rules, purge_rules=True)
    assert not again["changed"]
    assert "warnings" not in again


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


def test_rules_that_are_not_kept_are_an_error(runner: Runner, chat: str) -> None:
    runner.emulator.add_fault(Fault(method="POST", path="/acls$", kind="forget", times=100))
    begin = runner.clock.monotonic()
    result = runner.failure(TASK, deployment="chat", rules=[OFFICE])
    assert "another run changes them at the same moment, or the service didn't keep them" in result["msg"]
    assert "still to do: add 192.0.2.0/24. Run again" in result["msg"]
    assert len(runner.writes()) < 10
    assert runner.clock.monotonic() - begin < 60


def test_rules_that_are_kept_at_the_second_attempt_are_no_error(runner: Runner, chat: str) -> None:
    runner.emulator.add_fault(Fault(method="POST", path="/acls$", kind="forget"))
    assert rules(runner.ok(TASK, deployment="chat", rules=[OFFICE])) == [("192.0.2.0/24", "Office")]


def test_whole_set_with_its_descriptions_is_one_write(runner: Runner, chat: str) -> None:
    runner.ok(TASK, deployment="chat", rules=[OFFICE, SERVER])
    runner.emulator.clear_journal()
    runner.ok(TASK, deployment="chat", rules=[{**SERVER, "description": "Web"}], purge_rules=True)
    assert runner.writes() == [f"PUT /deployments/{chat}/acls"]


@pytest.mark.slow
@pytest.mark.parametrize("purge", [False, True])
@pytest.mark.parametrize(("description", "left"), [(None, "Office"), ("Office", "Office"), ("Desk", "Desk"), ("", "")])
@pytest.mark.parametrize("first", ["Office", "Bureau"])
def test_duplicate_rules_of_a_network_become_one(
    runner: Runner, chat: str, first: str, description: str | None, left: str, purge: bool
) -> None:
    set_rules(runner, chat, [{**OFFICE, "description": first}, OFFICE, SERVER])
    chosen_options = {
        "deployment": "chat",
        "rules": [{"ip": OFFICE["ip"], "description": description}, SERVER],
        "purge_rules": purge,
    }
    predicted = runner.ok(TASK, **chosen_options, check_mode=True)
    merged = runner.ok(TASK, **chosen_options)
    assert rules(merged) == [("192.0.2.0/24", left), ("2001:db8::17", "Server")]
    assert (merged["steps"], merged["diff"]) == (predicted["steps"], predicted["diff"])
    assert merged["steps"] == ["merge the rules for 192.0.2.0/24"]
    assert not runner.ok(TASK, **chosen_options)["changed"]


def test_steps_are_returned_in_the_order_of_their_requests(runner: Runner, chat: str) -> None:
    runner.ok(TASK, deployment="chat", rules=[OFFICE, SERVER])
    chosen_options = [{"ip": "192.0.2.0/24", "description": "Desk"}, {"ip": "198.51.100.7"}]
    steps = ["add 198.51.100.7", "describe 192.0.2.0/24", "remove 2001:db8::17"]
    assert runner.ok(TASK, deployment="chat", rules=chosen_options, purge_rules=True, check_mode=True)["steps"] == steps
    assert runner.ok(TASK, deployment="chat", rules=chosen_options, purge_rules=True)["steps"] == steps


def test_failure_between_writes_names_the_steps_done(runner: Runner, chat: str) -> None:
    runner.ok(TASK, deployment="chat", rules=[OFFICE, SERVER])
    denied = Fault(method="DELETE", path="/acls/", kind="status", status=403, type="permissions_denied")
    runner.emulator.add_fault(denied)
    chosen_options = {"deployment": "chat", "rules": [{"ip": "192.0.2.0/24", "description": "Desk"}]}
    result = runner.failure(TASK, **chosen_options)
    assert "lacks a permission" in result["msg"]
    assert "done before this: add 192.0.2.0/24" in result["msg"]
    assert result["changed"]
    # What was begun is finished by the next run.
    assert rules(runner.ok(TASK, **chosen_options)) == [("192.0.2.0/24", "Desk"), ("2001:db8::17", "Server")]


@pytest.mark.parametrize("when", ["before", "after"])
def test_lost_answer_to_a_removal_is_read_back(runner: Runner, chat: str, when: Any) -> None:
    runner.ok(TASK, deployment="chat", rules=[OFFICE, SERVER])
    runner.emulator.add_fault(Fault(method="DELETE", path="/acls/", kind="reset", when=when))
    removed = runner.ok(TASK, deployment="chat", rules=[SERVER], state="absent", api_retries=0)
    assert rules(removed) == [("192.0.2.0/24", "Office")]
    assert removed["changed"]


def remove_before(monkeypatch: pytest.MonkeyPatch, *others: str) -> None:
    """Remove these rules, as another run, right before the first removal of the run under test."""
    delete = InferenceApi.delete_acl_rule
    left = list(others)

    def late(api: InferenceApi, rule_id: str) -> None:
        while left:
            delete(api, left.pop())
        delete(api, rule_id)

    monkeypatch.setattr(InferenceApi, "delete_acl_rule", late)


@pytest.mark.parametrize(
    "faults",
    [
        [],
        [Fault(method="POST", path="/acls$", kind="reset", when="before")],
        [Fault(method="POST", path="/acls$", kind="reset", when="after")],
        [Fault(method="POST", path="/acls$", kind="status", status=409, type="transient_state")],
        [Fault(method="DELETE", path="/acls/", kind="status", status=403, type="permissions_denied", skip=2)],
    ],
    ids=["no fault", "restoring is lost", "its answer is lost", "busy", "next removal denied"],
)
def test_removal_that_leaves_no_rule_is_restored_at_once(
    runner: Runner, chat: str, monkeypatch: pytest.MonkeyPatch, faults: list[Fault]
) -> None:
    """Each of two runs removes the rule that the other one keeps, and sees one that remains."""
    third = {"ip": "203.0.113.0/24", "description": "Lab"}
    made = runner.ok(TASK, deployment="chat", rules=[OFFICE, third, SERVER])["rules"]
    (server,) = [rule["id"] for rule in made if rule["ip"] == SERVER["ip"]]
    for fault in faults:
        runner.emulator.add_fault(fault)
    remove_before(monkeypatch, server)
    result = runner.failure(TASK, deployment="chat", rules=[OFFICE, third], state="absent")
    left = rules(runner.ok(acl_info.TASK, deployment="chat"))
    if faults and faults[0].method == "DELETE":
        assert "lacks a permission" in result["msg"]
        assert left == [("203.0.113.0/24", "Lab")]
        return
    assert "another run removed the other rules at the same moment" in result["msg"]
    assert "192.0.2.0/24, 203.0.113.0/24 was restored" in result["msg"]
    assert "allow_all: true" in result["msg"]
    assert left == [("192.0.2.0/24", "Office"), ("203.0.113.0/24", "Lab")]
    # No request comes between the removal and the read of what it left.
    seen = [one.split()[0] for one in runner.requests()]
    last = len(seen) - 1 - seen[::-1].index("DELETE")
    assert seen[last + 1 : last + 3] == ["GET", "POST"]
    assert runner.emulator.faults() == []


def test_error_names_a_rule_that_can_not_be_restored(
    runner: Runner, chat: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = runner.ok(TASK, deployment="chat", rules=[OFFICE, SERVER])["rules"]
    (server,) = [rule["id"] for rule in made if rule["ip"] == SERVER["ip"]]
    fault = Fault(method="POST", path="/acls$", kind="status", status=500, times=100)
    runner.emulator.add_fault(fault)
    remove_before(monkeypatch, server)
    message = runner.failure(TASK, deployment="chat", rules=[OFFICE], state="absent")["msg"]
    assert "every address may connect" in message
    assert "192.0.2.0/24 could not be restored; add rules at once" in message


def test_removal_of_a_rule_that_is_gone_is_no_error(runner: Runner, chat: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = runner.ok(TASK, deployment="chat", rules=[OFFICE, SERVER])["rules"]
    (server,) = [rule["id"] for rule in made if rule["ip"] == SERVER["ip"]]
    remove_before(monkeypatch, server)
    removed = runner.ok(TASK, deployment="chat", rules=[SERVER], state="absent")
    assert rules(removed) == [("192.0.2.0/24", "Office")]


def test_deployment_that_is_open_to_all_warns(runner: Runner, chat: str) -> None:
    (warning,) = runner.ok(TASK, deployment="chat", rules=[OFFICE], state="absent")["warnings"]
    assert "every address may connect" in warning
    allowed = runner.ok(TASK, deployment="chat", rules=[OFFICE], state="absent", allow_all=True)
    assert "warnings" not in allowed


def test_missing_deployment(runner: Runner) -> None:
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
current_rules = st.tuples(rule_sets, rule_sets).map(
    # A network that both have is there twice.
    lambda several: [
        AclRule(id=f"{which}-{number}", ip=spelled(network, how), description=text)
        for which, found in enumerate(several)
        for number, (network, (text, how)) in enumerate(found.items())
        if not which or network in several[0]
    ]
)
entries = rule_sets.flatmap(
    lambda found: st.tuples(*(st.booleans() for _network in found)).map(
        lambda described: [
            {"ip": spelled(network, how), "description": text if said else None}
            for (network, (text, how)), said in zip(found.items(), described, strict=True)
        ]
    )
)


def as_set(rules: list[dict[str, Any]]) -> dict[Any, str]:
    return {ipaddress.ip_network(one["ip"]): one["description"] for one in rules}


def check_moments(before: list[dict[str, str]], writes: list[JournalEntry], after: dict[Any, str]) -> None:
    """Additions come before removals, and no state in between is more open or more closed than both ends."""
    there = {rule["id"]: ipaddress.ip_network(rule["ip"]) for rule in before}
    both = set(there.values()) & set(after)
    methods = [one.method for one in writes]
    assert methods in (["PUT"], sorted(methods, reverse=True))
    assert methods.count("POST") <= 1
    for one in writes[:-1]:
        if one.method == "DELETE":
            del there[one.path.rpartition("/")[2]]
        else:
            added = [ipaddress.ip_network(rule["ip"]) for rule in one.body["acls"]]
            there.update((str(number), network) for number, network in enumerate(added))
        assert both <= set(there.values())
        assert there or not (before and after)


@expensive()
@given(current_rules, entries, st.booleans(), st.booleans())
def test_any_set_is_reached_by_additions_and_then_removals(
    emulator_server: EmulatorServer, current: Any, asked: Any, present: bool, purge: bool
) -> None:
    clock = ManualClock()
    emulator_server.reset(clock=clock)
    runner = Runner(emulator_server, clock, {"HOME": "/nonexistent"})
    options = {"name": "chat", "model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
    chat = runner.ok(deployment.TASK, **options)["deployment"]["id"]
    given_rules = set_rules(runner, chat, [{"ip": rule.ip, "description": rule.description} for rule in current])
    chosen_options = {
        "deployment": "chat",
        "rules": asked,
        "state": "present" if present else "absent",
        "purge_rules": purge or not asked,
        "allow_all": True,
    }

    predicted = runner.ok(TASK, **chosen_options, check_mode=True)
    assert runner.writes() == []
    result = runner.ok(TASK, **chosen_options)
    before, after, listed_rules = as_set(given_rules), as_set(result["rules"]), as_set(asked)
    check_moments(given_rules, [one for one in runner.emulator.journal() if one.method != "GET"], after)
    assert result["changed"] == bool(runner.writes()) == predicted["changed"]
    assert (result["diff"], result["steps"]) == (predicted["diff"], predicted["steps"])

    if not present:
        assert after == {network: text for network, text in before.items() if network not in listed_rules}
    else:
        kept = {} if chosen_options["purge_rules"] else before
        desired = {network: before.get(network, "") if text is None else text for network, text in listed_rules.items()}
        assert after == {**kept, **desired}
        listed = [ipaddress.ip_network(rule["ip"]) for rule in result["rules"]]
        assert all(listed.count(network) == 1 for network in listed_rules)

    runner.emulator.clear_journal()
    again = runner.ok(TASK, **chosen_options)
    assert not again["changed"]
    assert runner.writes() == []


@given(current_rules, entries, st.booleans(), st.booleans())
def test_nothing_opens_by_accident(current: Any, asked: Any, present: bool, purge: bool) -> None:
    desired = parse_rules(asked, present=present, purge=purge or not asked, allow_all=False)
    try:
        step = plan_rules(current, desired, "chat").step
    except OptionError as error:
        assert "allow_all: true" in str(error)
    else:
        assert step is None or step.whole or step.add or len(step.remove) < len(current)


def test_steps_of_another_run_are_not_returned(runner: Runner, chat: str) -> None:
    """The deployment is busy while another run adds the same rule."""
    runner.emulator.add_fault(Fault("POST", "/acls$", "status", when="after", status=409, type="transient_state"))
    result = runner.ok(TASK, deployment="chat", rules=[OFFICE])
    assert [one["ip"] for one in result["rules"]] == [OFFICE["ip"]]
    assert (result["changed"], result["steps"]) == (False, [])
    assert result["diff"]["before"] == result["diff"]["after"]
