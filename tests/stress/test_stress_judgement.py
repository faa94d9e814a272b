# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The judgement of the stress programs turns red for a planted wrong end, and only then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.scaleway.inference.tests.stress import concurrent_runs, plans, work
from ansible_collections.scaleway.inference.tests.stress.judgement import (
    Ended,
    judge_killed,
    judge_later,
    judge_repeat,
    judge_rules,
    judge_step,
    judge_survivor,
    judge_unchanged,
)
from ansible_collections.scaleway.inference.tests.stress.scenarios import writes
from ansible_collections.scaleway.inference.tests.stress.states import (
    Desired,
    EndState,
    Seen,
    State,
    read_state,
    wrong_state,
)
from ansible_collections.scaleway.inference.tests.support.raw_client import Api
from scaleway_inference_emulator.server import EmulatorServer

OLDER, YOUNGER = "6c68b256-ef4a-48d2-a794-9b63b5c6ba5d", "7205dbce-cc80-4b2a-bb7f-3fd3a804afc3"
CHAT = Seen(OLDER, "chat", "ready", "mistral")
ONE, TWO = State((CHAT,)), State((CHAT, replace(CHAT, id=YOUNGER)))
END = EndState({"chat": Desired()})
RULES = EndState({"chat": Desired(rules=frozenset({"198.51.100.0", "198.51.100.1"}))})
ADDED = {0: ["198.51.100.0"], 1: ["198.51.100.1"]}


def ended(code: int = 0, *, changed: int = 0, output: str = "") -> Ended:
    return Ended(
        code, f"{output}\nlocalhost                  : ok=1    changed={changed}    unreachable=0    failed=0\n"
    )


def with_rules(*rules: str) -> State:
    return State((replace(CHAT, rules=rules),))


def test_right_end_is_good() -> None:
    assert not list(judge_step(END, ONE, [None, None]))
    assert not list(judge_rules(RULES, "chat", with_rules("198.51.100.1", "198.51.100.0"), ADDED, [None, None]))
    assert not list(judge_repeat(END, ended(changed=1), ONE))
    assert not list(judge_unchanged(ended(), []))
    assert not list(judge_later(END, ONE, ended(), ONE))


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        (TWO, "2 of chat are left"),
        (State(()), "0 of chat are left"),
        (State((CHAT, replace(CHAT, id=YOUNGER, name="shop-old"))), f"shop-old ({YOUNGER}) is left"),
        (State((replace(CHAT, status="error"),)), "chat: it is error"),
        (State((replace(CHAT, networks=("n",)),)), "chat: the endpoint in network n is too much"),
        (with_rules("192.0.2.1"), "chat: the rule 192.0.2.1 is too much"),
    ],
)
def test_wrong_end_state(state: State, fault: str) -> None:
    assert list(wrong_state(END, state)) == [fault]
    assert fault in list(judge_step(END, state, [None]))
    assert fault in list(judge_repeat(END, ended(), state))


@pytest.mark.parametrize(
    ("desired", "fault"),
    [
        (Desired(model="llama"), "chat: its model is mistral"),
        (Desired(tags=frozenset({"fleet: shop"})), "chat: it lacks the tags ['fleet: shop']"),
        (Desired(networks=frozenset({"n"})), "chat: the endpoint in network n is missing"),
    ],
)
def test_deployment_that_lacks_something(desired: Desired, fault: str) -> None:
    assert list(wrong_state(EndState({"chat": desired}), ONE)) == [fault]


def test_models_are_counted() -> None:
    desired = EndState({}, frozenset({"coder"}))
    assert not list(wrong_state(desired, State((), {"coder": (OLDER,)})))
    assert list(wrong_state(desired, State((), {"coder": (OLDER, YOUNGER)}))) == ["2 of coder are left"]


def test_failed_task_and_silent_process() -> None:
    assert list(judge_step(END, ONE, [None, "no luck"])) == ["process 1 failed: no luck"]


def test_what_a_process_said_is_read_from_its_output() -> None:
    output = '    "msg": "STRESS 3-acl ok END"\n    "msg": "STRESS 3-model it \\"failed\\"\\nat once END"\n'
    assert concurrent_runs.said_of(output, "3-acl") is None
    assert concurrent_runs.said_of(output, "3-model") == 'it "failed"\nat once'
    assert concurrent_runs.said_of(output, "3-fleet") == "it said nothing"


def test_lost_rule_must_be_told_by_its_process() -> None:
    lost = "chat: the rule 198.51.100.1 is missing"
    left = with_rules("198.51.100.0")
    assert list(judge_rules(RULES, "chat", left, ADDED, [None, None])) == [lost]
    assert not list(judge_rules(RULES, "chat", left, ADDED, [None, "another run removes it again and again"]))
    # That another process failed doesn't tell it, and that one has lost nothing.
    faults = list(judge_rules(RULES, "chat", left, ADDED, ["no luck", None]))
    assert faults == [lost, "process 0 failed, though none of its rules is lost: no luck"]


def test_rule_that_is_there_twice() -> None:
    state = with_rules("198.51.100.0", "198.51.100.1", "198.51.100.1")
    faults = list(judge_rules(RULES, "chat", state, ADDED, [None, None]))
    assert faults == ["chat: the rule 198.51.100.1 is there 2 times"]


def test_second_run_that_writes_or_changes() -> None:
    assert list(judge_unchanged(ended(), ["PATCH /deployments"])) == ["the run after that sent PATCH /deployments"]
    assert list(judge_unchanged(ended(changed=1), []))
    assert list(judge_unchanged(ended(2), []))
    assert list(judge_unchanged(Ended(0, "no recap"), []))


def test_changes_of_all_hosts_count() -> None:
    output = "app : ok=1 changed=1 unreachable=0"
    assert list(judge_unchanged(ended(output=output), []))


def test_run_that_failed_before_it_was_killed() -> None:
    for code in (0, -9, -15, 99):
        assert not list(judge_killed(ended(code)))
    assert list(judge_killed(ended(2, output="no luck")))


def test_failed_repetition() -> None:
    assert list(judge_repeat(END, ended(2, output="no luck"), ONE))


def test_several_must_be_named_by_every_later_run() -> None:
    named = ended(2, output=f"2 deployments are named 'chat': {OLDER}, {YOUNGER}")
    assert not list(judge_later(END, TWO, named, TWO))
    assert list(judge_later(END, TWO, ended(), TWO))
    assert list(judge_later(END, TWO, ended(2, output=OLDER), TWO))
    assert list(judge_later(END, TWO, named, ONE))
    # Without several, there is nothing to name.
    assert list(judge_later(END, ONE, named, ONE))


def test_rival_of_a_killed_run() -> None:
    named = ended(2, output=f"{OLDER} {YOUNGER}")
    assert not list(judge_survivor(END, ended(), ONE))
    assert not list(judge_survivor(END, named, TWO))
    assert list(judge_survivor(END, named, ONE))
    assert list(judge_survivor(END, ended(2), TWO))


@pytest.fixture
def service(emulator: EmulatorServer) -> EmulatorServer:
    emulator.configure(creating=0, deploying=0)
    return emulator


def test_state_is_read_from_the_emulator(service: EmulatorServer) -> None:
    api = Api(service, "v1beta1")
    made = [api.create(name="chat", tags=["a"]) for _two in range(2)]
    api.ok("POST", f"/deployments/{made[0]['id']}/acls", {"acls": [{"ip": "198.51.100.0"}]})
    gone = api.create(name="old")
    service.configure(deleting=60)
    api.ok("DELETE", f"/deployments/{gone['id']}")
    state = read_state(service, frozenset({"coder"}))
    assert state.ids("chat") == tuple(one["id"] for one in made)
    assert [(one.name, one.status, one.rules) for one in state.deployments] == [
        ("chat", "ready", ("198.51.100.0",)),
        ("chat", "ready", ()),
    ]
    assert state.deployments[0].tags == {"a"}
    assert state.models == {"coder": ()}
    assert next(wrong_state(END, state)) == "2 of chat are left"
    assert [one.split()[0] for one in writes(service)] == ["POST", "POST", "POST", "POST", "DELETE"]


def test_prepared_states_lack_what_the_tasks_make(service: EmulatorServer) -> None:
    for make in work.WORKS.values():
        service.reset()
        make().prepare(service)
        assert list(wrong_state(make().end, read_state(service, make().end.models)))


def test_same_seed_makes_the_same_plans() -> None:
    chosen = [plans.Plan.of(7, number) for number in range(100)]
    assert chosen == [plans.Plan.of(7, number) for number in range(100)]
    assert chosen != [plans.Plan.of(8, number) for number in range(100)]
    # All kinds, versions, modes and ways to be killed are among them.
    assert {(one.kind, one.rivals) for one in chosen} == set(plans.MIX)
    assert {one.how for one in chosen} == set(plans.HOW)
    assert {(one.version, one.in_process) for one in chosen} == {
        (version, mode) for version in ("v1beta1", "v1") for mode in (True, False)
    }
    variants = [concurrent_runs.Variant.of(7, number) for number in range(50)]
    assert variants == [concurrent_runs.Variant.of(7, number) for number in range(50)]
    assert {one.version for one in variants} == {"v1beta1", "v1"}
    assert {one.in_process for one in variants} == {True, False}
