# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(fleet): many deployments at once, each with its own outcome."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import deployment
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.fleet import TASK
from ansible_collections.scaleway.inference.tests.support.clock import ManualClock
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.faults import Fault

CHAT: dict[str, Any] = {"model": "mistral/mistral-7b-instruct-v0.3:bf16", "node_type": "L4"}
LICENSED = "meta/llama-3.1-8b-instruct:fp8"
OFFICE = {"ip": "192.0.2.0/24", "description": "Office"}
NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"


def fleet(*names: str, **options: Any) -> dict[str, Any]:
    """Options for a fleet of small deployments."""
    return {"name": "support", "defaults": CHAT, "deployments": [{"name": name} for name in names], **options}


def numbered(count: int) -> list[str]:
    return [f"chat-{number}" for number in range(count)]


def outcomes(result: dict[str, Any]) -> dict[str, str]:
    return {member["name"]: member["outcome"] for member in result["members"]}


def ids(result: dict[str, Any]) -> dict[str, str | None]:
    """The IDs of what a run created, by name."""
    assert {one["region"] for one in result["created"]} <= {"fr-par"}
    return {one["name"]: one["id"] for one in result["created"]}


def there(runner: Runner) -> set[str]:
    """The names of the deployments that aren't being deleted."""
    return {
        one.name
        for one in runner.emulator.deployments()
        if runner.emulator.status(one.id) not in ("deleting", "deleted")
    }


def by_kind(requests: list[str]) -> Counter[str]:
    """Requests without the IDs in their paths."""
    kinds: Counter[str] = Counter()
    for request in requests:
        method, path = request.split(" ")
        parts = path.strip("/").split("/")
        kinds[f"{method} {'/'.join([parts[0], *('*' for _part in parts[1:2]), *parts[2:]])}"] += 1
    return kinds


# The walk


def test_walk(runner: Runner) -> None:
    options = fleet("a", "b", "c")
    predicted = runner.ok(TASK, **options, check_mode=True)
    assert runner.writes() == []
    made = runner.ok(TASK, **options)
    assert made["diff"] == predicted["diff"]
    assert outcomes(predicted) == outcomes(made) == {"a": "created", "b": "created", "c": "created"}
    assert made["counts"] == {"created": 3}
    assert [member["deployment"]["status"] for member in made["members"]] == ["ready"] * 3
    assert [member["deployment"]["tags"] for member in made["members"]] == [["fleet: support"]] * 3
    assert by_kind(runner.writes()) == {"POST deployments": 3}

    runner.emulator.clear_journal()
    again = runner.ok(TASK, **options)
    assert not again["changed"]
    assert again["counts"] == {"unchanged": 3}
    assert runner.requests() == ["GET /deployments"]

    options["deployments"][1]["tags"] = ["two"]
    changed = runner.ok(TASK, **options)
    assert outcomes(changed) == {"a": "unchanged", "b": "updated", "c": "unchanged"}
    assert set(changed["members"][1]["deployment"]["tags"]) == {"two", "fleet: support"}
    before, after = changed["diff"]["before"], changed["diff"]["after"]
    assert before == {"b": {**after["b"], "tags": ["fleet: support"]}}
    assert changed["diff"]["before_header"] == "fleet support (2 unchanged)"
    assert after["b"]["tags"] == ["fleet: support", "two"]

    purged = runner.ok(TASK, **{**options, "deployments": options["deployments"][:2]}, purge=True)
    assert outcomes(purged) == {"a": "unchanged", "b": "unchanged", "c": "deleted"}
    assert there(runner) == {"a", "b"}

    gone = runner.ok(TASK, name="support", state="absent")
    assert outcomes(gone) == {"a": "deleted", "b": "deleted"}
    assert [member["deployment"] for member in gone["members"]] == [None, None]
    assert there(runner) == set()
    assert not runner.ok(TASK, name="support", state="absent")["changed"]


def test_entries_override_defaults_and_defaults_override_observed_values(runner: Runner) -> None:
    result = runner.ok(
        TASK,
        name="support",
        defaults={**CHAT, "tags": ["shared"], "min_size": 2, "max_size": 2, "accept_eula": True},
        deployments=[
            {"name": "a"},
            {"name": "b", "model": LICENSED, "tags": [], "min_size": 1, "max_size": 1},
        ],
    )
    a, b = (member["deployment"] for member in result["members"])
    assert (a["model"], a["tags"], a["min_size"]) == (CHAT["model"], ["shared", "fleet: support"], 2)
    assert (b["model"], b["tags"], b["min_size"]) == (LICENSED, ["fleet: support"], 1)
    left = runner.ok(TASK, name="support", deployments=[{"name": "a"}, {"name": "b"}])
    assert left["counts"] == {"unchanged": 2}


def test_existing_deployments_join_and_keep_their_tags(runner: Runner) -> None:
    runner.ok(deployment.TASK, name="a", tags=["mine"], **CHAT)
    result = runner.ok(TASK, **fleet("a", "b"))
    assert outcomes(result) == {"a": "updated", "b": "created"}
    assert result["members"][0]["deployment"]["tags"] == ["mine", "fleet: support"]


def test_renames_and_deletes_what_an_entry_names(runner: Runner) -> None:
    first = runner.ok(TASK, **fleet("a", "b"))
    entries = [
        {"name": "z", "id": first["members"][0]["deployment"]["id"]},
        {"name": "b", "state": "absent"},
        {"name": "never", "state": "absent"},
    ]
    result = runner.ok(TASK, name="support", deployments=entries)
    assert outcomes(result) == {"z": "updated", "b": "deleted", "never": "unchanged"}
    assert there(runner) == {"z"}


def test_models_are_changed_and_node_types_recreated(runner: Runner, api_version: str) -> None:
    first = runner.ok(TASK, **fleet("a", "b"))
    defaults = {"accept_eula": True, "on_immutable_change": "recreate", "rules": []}
    entries = [{"name": "a", "model": LICENSED}, {"name": "b", "node_type": "L40S"}]
    if api_version == "v1":
        entries[1]["quantization_bits"] = first["members"][1]["deployment"]["quantization_bits"]
    result = runner.ok(TASK, name="support", defaults=defaults, deployments=entries)
    assert result["counts"] == {"updated": 2}
    a, b = (member["deployment"] for member in result["members"])
    assert (a["model"], b["node_type"]) == (LICENSED, "L40S")
    assert (a["id"] == first["members"][0]["deployment"]["id"]) == (api_version == "v1")
    assert b["id"] != first["members"][1]["deployment"]["id"]
    assert len(there(runner)) == 2


# Requests


@pytest.mark.parametrize("api_version", ["v1beta1"])
def test_requests_are_bounded(runner: Runner) -> None:
    """The number of requests in the module's notes: shared lists, and one request for each change of a member."""
    count = 12
    runner.emulator.configure(creating=5, deploying=5)
    options = fleet(*numbered(count), parallel=5)
    options["defaults"] = {**CHAT, "rules": [OFFICE], "endpoints": [{"public": True}, {"private_network_id": NETWORK}]}
    made = runner.ok(TASK, **options)
    kinds = by_kind(runner.requests())
    lists = kinds.pop("GET deployments")
    assert kinds == {
        "GET models": 1,
        "GET node-types": 1,
        "POST deployments": count,
        "GET deployments/*/acls": 2 * count,
        "POST deployments/*/acls": count,
    }
    assert {rule["ip"] for member in made["members"] for rule in member["rules"]} == {"192.0.2.0/24"}
    # At most three for each job that must read before it goes on, and those of the polls.
    assert lists <= 3 * count + 6

    runner.emulator.clear_journal()
    assert runner.ok(TASK, **options)["counts"] == {"unchanged": count}
    assert by_kind(runner.requests()) == {"GET deployments": 1, "GET deployments/*/acls": count}

    runner.emulator.clear_journal()
    runner.ok(TASK, name="support", state="absent")
    kinds = by_kind(runner.requests())
    assert kinds["DELETE deployments/*"] == count
    # The proof that each is gone: a list that doesn't show it may only lag behind.
    assert count <= kinds["GET deployments/*"] <= 2 * count


def test_only_lists_are_used_to_wait_for_many(runner: Runner) -> None:
    runner.ok(TASK, **fleet(*numbered(8)))
    assert by_kind(runner.requests())["GET deployments/*"] == 0


@pytest.mark.slow
def test_more_than_a_page_of_deployments(runner: Runner) -> None:
    names = numbered(120)
    runner.ok(TASK, **fleet(*names, parallel=50))
    runner.emulator.clear_journal()
    assert runner.ok(TASK, **fleet(*names))["counts"] == {"unchanged": 120}
    assert runner.requests() == ["GET /deployments"] * 2


def test_progress_lines_about_each_member_and_about_all(runner: Runner) -> None:
    runner.emulator.configure(creating=60, deploying=120, jitter=0)
    runner.ok(TASK, **fleet("a", "b"))
    lines = [line.split(" (")[0] for line in runner.progress if line.startswith("deployment a:")]
    assert lines.pop(0).startswith("deployment a: created ")
    assert lines == ["deployment a: creating", "deployment a: deploying", "deployment a: ready"]
    summaries = [line for line in runner.progress if line.startswith("fleet support: ")]
    assert summaries[0].startswith("fleet support: 0/2 ready, 2 creating, ")
    assert any(line.startswith("fleet support: 0/2 ready, 2 deploying, 1m") for line in summaries)
    assert summaries[-1].startswith("fleet support: 2/2 ready, 3m")


# Failures


OUT_OF_STOCK = Fault(
    method="POST", path="/deployments$", kind="status", status=503, body='{"type":"out_of_stock","resource":"L4"}'
)


def test_failed_member_leaves_the_others_and_the_next_run_creates_it(runner: Runner) -> None:
    runner.emulator.add_fault(OUT_OF_STOCK)
    options = fleet(*numbered(10))
    result = runner.failure(TASK, **options)
    assert result["changed"]
    assert result["counts"] == {"created": 9, "failed": 1}
    (failed,) = (member for member in result["members"] if member["outcome"] == "failed")
    assert failed["error"]["type"] == "out_of_stock"
    assert failed["deployment"] is None
    assert result["msg"].startswith("1 of 10 members of the fleet 'support' failed (9 created)")
    assert f"{failed['name']}: " in result["msg"]
    assert len(there(runner)) == 9

    runner.emulator.clear_journal()
    fixed = runner.ok(TASK, **options)
    assert fixed["counts"] == {"unchanged": 9, "created": 1}
    assert outcomes(fixed)[failed["name"]] == "created"
    assert runner.writes() == ["POST /deployments"]


def test_fail_fast_begins_nothing_new_and_waits_for_what_runs(runner: Runner) -> None:
    runner.emulator.add_fault(OUT_OF_STOCK)
    result = runner.failure(TASK, **fleet(*numbered(10), parallel=1, fail_fast=True))
    assert result["counts"] == {"failed": 1, "skipped": 9}
    assert runner.writes() == ["POST /deployments"]
    assert there(runner) == set()

    runner.emulator.add_fault(Fault(**{**OUT_OF_STOCK.__dict__, "skip": 2}))
    result = runner.failure(TASK, **fleet(*numbered(10), parallel=1, fail_fast=True))
    assert result["counts"] == {"created": 2, "failed": 1, "skipped": 7}
    assert [runner.emulator.status(one.id) for one in runner.emulator.deployments()] == ["ready", "ready"]


def test_quota_error_is_returned_for_each_member(runner: Runner) -> None:
    runner.emulator.configure(max_deployments=2)
    result = runner.failure(TASK, **fleet(*numbered(4)))
    assert result["counts"] == {"created": 2, "failed": 2}
    errors = [member["error"] for member in result["members"] if member["error"]]
    assert {error["type"] for error in errors} == {"quotas_exceeded"}
    assert all("quota of 2" in error["msg"] for error in errors)


def test_message_shows_only_some_of_many_failures(runner: Runner) -> None:
    runner.emulator.configure(max_deployments=0)
    result = runner.failure(TASK, **fleet(*numbered(25)))
    assert not result["changed"]
    assert "and 15 more, see members" in result["msg"]


def test_failed_provisioning_is_reported_by_each_run(runner: Runner) -> None:
    runner.emulator.add_fault(
        Fault(method="POST", path="/deployments$", kind="fail_provisioning", message="no node came up")
    )
    options = fleet("a", "b")
    result = runner.failure(TASK, **options)
    assert sorted(outcomes(result).values()) == ["created", "failed"]
    assert "no node came up" in result["msg"]
    (broken,) = (member for member in result["members"] if member["outcome"] == "failed")
    assert broken["deployment"]["status"] == "error"
    assert broken["steps"] == [f"create deployment {broken['name']} ({broken['deployment']['id']})"]
    # It stands in the way of nothing else, in check mode or not.
    more = fleet("a", "b", "c")
    for check_mode in (True, False):
        later = runner.failure(TASK, **more, check_mode=check_mode)
        assert outcomes(later)["c"] == "created"
        assert outcomes(later)[broken["name"]] == "failed"
        assert "remove it with state: absent" in later["msg"]
    # And the list itself can remove it.
    fixed = runner.ok(TASK, name="support", deployments=[{"name": broken["name"], "state": "absent"}])
    assert fixed["counts"] == {"deleted": 1}


def test_timeout_names_the_members_that_are_not_ready(runner: Runner) -> None:
    runner.emulator.configure(creating=5000)
    result = runner.failure(TASK, **fleet("a", "b"), wait_timeout=600)
    assert result["counts"] == {"failed": 2}
    assert "deployment a is still creating after 10m" in result["msg"]
    assert [member["deployment"]["status"] for member in result["members"]] == ["creating"] * 2
    runner.emulator.clear_journal()
    assert runner.ok(TASK, **fleet("a", "b"), wait_timeout=6000)["counts"] == {"unchanged": 2}
    assert runner.writes() == []


def test_what_a_run_created_is_named_by_id_however_it_ends(runner: Runner) -> None:
    runner.ok(TASK, **fleet("old"))
    options = fleet("old", "refused", "slow")
    assert ids(runner.ok(TASK, **options, check_mode=True)) == {"refused": None, "slow": None}
    runner.emulator.configure(creating=5000)
    runner.emulator.add_fault(OUT_OF_STOCK)
    # Whichever of the two comes first is refused; the other one is created, and isn't ready in time.
    result = runner.failure(TASK, **options, wait_timeout=600)
    assert result["counts"] == {"unchanged": 1, "failed": 2}
    (made,) = (one for one in runner.emulator.deployments() if one.name != "old")
    assert ids(result) == {made.name: made.id}
    # The next run waits for it, and didn't create it.
    again = runner.ok(TASK, **options, wait_timeout=9000)
    assert made.name not in ids(again)
    assert len(ids(again)) == 1
    assert ids(runner.ok(TASK, name="support", state="absent")) == {}


def test_what_was_recreated_counts_as_there_before(runner: Runner, api_version: str) -> None:
    runner.ok(TASK, **fleet("a"))
    bigger = {**CHAT, "node_type": "H100", "on_immutable_change": "recreate", "tags": [], "rules": []}
    if api_version == "v1":
        bigger["quantization_bits"] = 16
    result = runner.ok(TASK, **fleet("a", "b", defaults=bigger))
    assert outcomes(result) == {"a": "updated", "b": "created"}
    assert set(ids(result)) == {"b"}


def test_what_another_run_created_first_is_not_counted(runner: Runner, clock: ManualClock) -> None:
    concurrent = runner.ok(TASK, **fleet("a"), wait=False)
    clock.advance(1)
    # The plan doesn't see it yet. The run deletes what it creates besides, and goes on with the older one.
    runner.emulator.add_fault(Fault(method="GET", path="/deployments$", kind="stale", seconds=3600))
    result = runner.ok(TASK, **fleet("a"))
    assert result["members"][0]["deployment"]["id"] == ids(concurrent)["a"]
    assert ids(result) == {}


def test_what_was_created_despite_a_lost_answer_counts(runner: Runner) -> None:
    runner.emulator.add_fault(Fault(method="POST", path="/deployments$", kind="reset", when="after"))
    (made,) = ids(runner.ok(TASK, **fleet("a"))).items()
    assert [(one.name, one.id) for one in runner.emulator.deployments()] == [made]


def test_lost_answers_create_nothing_twice(runner: Runner) -> None:
    runner.emulator.add_fault(Fault(method="POST", path="/deployments$", kind="reset", when="after", times=3))
    runner.emulator.add_fault(Fault(method="POST", path="/deployments$", kind="reset", skip=3, times=2))
    result = runner.ok(TASK, **fleet(*numbered(8)))
    assert result["counts"] == {"created": 8}
    assert sorted(one.name for one in runner.emulator.deployments()) == numbered(8)


def test_lost_answers_are_searched_for_after_the_deadline_too(runner: Runner) -> None:
    runner.emulator.add_fault(Fault(method="POST", path="/deployments$", kind="reset"))
    result = runner.failure(TASK, **fleet("a"), wait_timeout=0)
    assert "deployment a is still creating" in result["msg"]
    assert result["members"][0]["deployment"]["id"] == runner.emulator.deployments()[0].id
    assert by_kind(runner.requests())["GET deployments"] <= 12


def test_short_outage_does_not_end_the_wait_for_a_deletion(runner: Runner) -> None:
    runner.ok(TASK, **fleet("a", "b"))
    runner.emulator.add_fault(Fault(method="GET", path="/deployments/", kind="status", status=502, body="", times=7))
    assert runner.ok(TASK, name="support", state="absent")["counts"] == {"deleted": 2}


def test_lagging_lists_change_no_result(runner: Runner, clock: ManualClock) -> None:
    options = fleet(*numbered(3))
    runner.ok(TASK, **options)
    clock.advance(4000)
    options["defaults"] = {**CHAT, "tags": ["new"]}
    runner.emulator.add_fault(Fault(method="GET", path="/deployments$", kind="stale", seconds=60, skip=1, times=2))
    assert runner.ok(TASK, **options)["counts"] == {"updated": 3}
    # How many lists a run reads depends on how its threads are scheduled.
    runner.emulator.clear_faults()
    more = fleet(*numbered(5), defaults=options["defaults"])
    runner.emulator.add_fault(Fault(method="GET", path="/deployments$", kind="stale", seconds=3600, skip=1, times=4))
    assert runner.ok(TASK, **more)["counts"] == {"unchanged": 3, "created": 2}
    assert sorted(one.name for one in runner.emulator.deployments()) == numbered(5)


def test_a_short_outage_does_not_end_the_wait(runner: Runner) -> None:
    runner.emulator.add_fault(
        Fault(method="GET", path="/deployments$", kind="status", status=502, body="", skip=3, times=20)
    )
    assert runner.ok(TASK, **fleet("a", "b"))["counts"] == {"created": 2}
    assert any("asking again" in line for line in runner.progress)


def test_lost_permission_fails_each_member_and_names_its_steps(runner: Runner) -> None:
    refusal = Fault(
        method="GET", path="/deployments$", kind="status", status=403, body='{"type":"permissions_denied"}', skip=3
    )
    runner.emulator.add_fault(Fault(**{**refusal.__dict__, "times": 1000}))
    result = runner.failure(TASK, **fleet("a", "b"))
    assert result["changed"]
    assert result["counts"] == {"failed": 2}
    made = {one.name: one.id for one in runner.emulator.deployments()}
    assert {member["name"]: member["deployment"]["id"] for member in result["members"]} == made


def test_without_waiting_members_are_begun_and_left(runner: Runner) -> None:
    result = runner.ok(TASK, **fleet("a", "b"), wait=False)
    assert [member["deployment"]["status"] for member in result["members"]] == ["creating"] * 2
    assert runner.ok(TASK, **fleet("a", "b"))["counts"] == {"unchanged": 2}
    ended = runner.ok(TASK, name="support", state="absent", wait=False)
    assert [member["deployment"]["status"] for member in ended["members"]] == ["deleting"] * 2
    # A deployment that is being deleted is waited for, and then created again.
    assert runner.ok(TASK, **fleet("a", "b"))["counts"] == {"created": 2}


# Order


def order(runner: Runner) -> list[str]:
    return [one.split(" ")[0] for one in runner.writes()]


@pytest.mark.parametrize(("delete_first", "methods"), [(False, ["POST", "DELETE"]), (True, ["DELETE", "POST"])])
def test_creations_come_first_without_delete_first(runner: Runner, delete_first: bool, methods: list[str]) -> None:
    runner.ok(TASK, **fleet("old"))
    runner.emulator.configure(max_deployments=1 if delete_first else None)
    runner.emulator.clear_journal()
    result = runner.ok(TASK, **fleet("new"), purge=True, delete_first=delete_first)
    assert outcomes(result) == {"new": "created", "old": "deleted"}
    assert order(runner) == methods


def test_purge_spares_deployments_without_the_tag(runner: Runner) -> None:
    runner.ok(deployment.TASK, name="mine", tags=["fleet", "support", "fleet: supporters"], **CHAT)
    runner.ok(TASK, **fleet("a", "b"))
    runner.ok(TASK, **{**fleet("c"), "name": "other"})
    result = runner.ok(TASK, **fleet("a"), purge=True)
    assert outcomes(result) == {"a": "unchanged", "b": "deleted"}
    assert there(runner) == {"mine", "a", "c"}
    ended = runner.ok(TASK, **fleet("a", "mine"), state="absent")
    assert outcomes(ended) == {"a": "deleted"}
    assert any("'mine'" in warning and "left alone" in warning for warning in ended["warnings"])
    assert there(runner) == {"mine", "c"}


@pytest.mark.parametrize("check_mode", [True, False])
def test_too_many_deletions_are_refused_before_anything(runner: Runner, check_mode: bool) -> None:
    runner.ok(TASK, **fleet(*numbered(5)))
    runner.emulator.clear_journal()
    message = runner.failure(TASK, **fleet("new"), purge=True, check_mode=check_mode)["msg"]
    assert "5 deployments would be deleted, and at most 3 may be: chat-0, chat-1" in message
    assert "raise max_deletions" in message
    assert "max_deletions" in runner.failure(TASK, name="support", state="absent", max_deletions=4)["msg"]
    assert runner.writes() == []


@pytest.mark.parametrize("check_mode", [True, False])
def test_recreations_count_as_deletions(runner: Runner, api_version: str, check_mode: bool) -> None:
    runner.emulator.configure(creating=2, deploying=2, deleting=2)
    runner.ok(TASK, **fleet(*numbered(5)))
    kept = {"rules": [], "quantization_bits": 16} if api_version == "v1" else {}
    other = {**CHAT, **kept, "node_type": "L40S", "on_immutable_change": "recreate"}
    runner.emulator.clear_journal()
    message = runner.failure(TASK, **fleet(*numbered(4), defaults=other), check_mode=check_mode)["msg"]
    assert "4 deployments would be deleted, and at most 3 may be: chat-0 (to be recreated), chat-1" in message
    assert "take back the change of model or node_type, or raise max_deletions" in message
    message = runner.failure(TASK, **fleet(*numbered(3), defaults=other), purge=True, check_mode=check_mode)["msg"]
    assert "5 deployments would be deleted" in message
    assert "chat-3, chat-4, chat-0 (to be recreated)" in message
    assert runner.writes() == []
    options = fleet(*numbered(4), defaults=other, max_deletions=4)
    assert runner.ok(TASK, **options, check_mode=check_mode)["counts"] == {"updated": 4}


# What is refused


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (fleet(*numbered(201)), "201 entries are more than the 200"),
        (fleet("a", defaults={**CHAT, "tags": ["fleet: other"]}), "tags: 'fleet: other' begins as the tags of fleets"),
        (fleet("a", name=" "), "name: holds nothing but blanks, so the name is missing"),
        (fleet("a", parallel=0), "The option parallel must be a whole number from 1 to 50, but '0' was given"),
        (fleet("a", max_deletions=-1), "max_deletions must be a whole number from 0 to 10000"),
        ({"name": "support", "deployments": [{"model": "x"}]}, "deployments[0]: one of name and id"),
        (fleet("a", defaults={"endpoints": [{"public": False}]}), "endpoints[0]: each entry needs"),
        (
            {"name": "support", "deployments": [{"name": "a", "purge_endpoints": True}]},
            "purge_endpoints: true needs endpoints",
        ),
    ],
)
def test_invalid_options_are_refused_before_any_request(runner: Runner, options: dict[str, Any], message: str) -> None:
    assert message in runner.failure(TASK, **options)["msg"]
    assert runner.requests() == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (fleet("a", "b", "a"), "deployments[2] (a): name 'a' is that of deployments[0] too"),
        (fleet("a", " "), "deployments[1]: name: holds nothing but blanks, so the name is missing"),
        (fleet("a", "b" * 256), "has 256 characters, and a name has at most 255"),
        (
            {"name": "s", "deployments": [{"name": n, "id": NETWORK.upper()} for n in "ab"]},
            "deployments[1] (b): id '5B1C3FD3",
        ),
    ],
)
def test_conflicting_entries_are_refused_before_any_write(
    runner: Runner, options: dict[str, Any], message: str
) -> None:
    error = runner.failure(TASK, **options)["msg"]
    assert message in error
    assert error.startswith(("1 of", "2 of"))
    assert runner.writes() == []


def test_rules_are_checked_before_any_request(runner: Runner, api_version: str) -> None:
    options = fleet("a", "b", defaults={**CHAT, "rules": [{"ip": "10.0.0.300"}]})
    message = runner.failure(TASK, **options)["msg"]
    assert message.startswith("2 of 2 entries can't be met, and nothing was changed.")
    assert ("rules[0].ip: '10.0.0.300' is neither" if api_version == "v1beta1" else "IAM policy") in message
    assert runner.requests() == []


@pytest.mark.parametrize("check_mode", [True, False])
def test_wrong_entries_cost_nothing_and_are_all_named(runner: Runner, check_mode: bool) -> None:
    entries = [
        {"name": "good"},
        {"name": "unknown", "model": "meta/llama-3.1-8b-instruct:none"},
        {"name": "licence", "model": LICENSED},
        {"name": "unfit", "node_type": "L5"},
        {"name": "large", "model": "meta/llama-3.1-70b-instruct:bf16", "accept_eula": True},
    ]
    message = runner.failure(TASK, name="support", defaults=CHAT, deployments=entries, check_mode=check_mode)["msg"]
    assert runner.writes() == []
    for text in (
        "deployments[1] (unknown): model: there is no model",
        "deployments[3] (unfit): node_type: there is no",
        "deployments[2] (licence): accept_eula",
        "deployments[4] (large): node_type: L4 can't run the model",
        "4 of 5 entries",
    ):
        assert text in message
    assert "good" not in message


@pytest.mark.parametrize("check_mode", [True, False])
def test_all_wrong_entries_are_named_whatever_is_wrong(runner: Runner, api_version: str, check_mode: bool) -> None:
    runner.emulator.force_node_type("L40S", disabled=True)
    private = {"private_network_id": "mine"}
    entries: list[Any] = [
        {"name": "good"},
        {"name": "typo", "modle": "x"},
        {"name": "type", "min_size": "many"},
        {"name": "choice", "state": "gone"},
        {"name": "range", "max_size": 2**70},
        {"name": "half", "tags": ["\ud800"]},
        "just a text",
        {"name": "nested", "endpoints": [{"public": "perhaps"}]},
        {"name": "unknown", "model": "mistral/mistral-7b-instruct-v0.3:none"},
        {"name": "licence", "model": LICENSED},
        {"name": "disabled", "node_type": "L40S"},
        {"name": "sizes", "min_size": 3, "max_size": 2},
        {"name": "free", "min_size": 0},
        {"name": "network", "endpoints": [private]},
        {"name": "twice", "endpoints": [{"public": True}, {"public": True}]},
        {"name": "good"},
        {"name": "address", "rules": ["10.0.0.300"]},
        {"name": "no rule", "rules": [{"description": "Office"}]},
        {"name": "elsewhere", "endpoints": [{"private_network_id": f"nl-ams/{NETWORK}"}]},
        {"name": " ", "model": "x"},
        {"model": "x"},
        {"name": "bits", "quantization_bits": 4},
        {"id": "11111111-2222-4333-8444-555555555555"},
        {"name": "other fleet's", "tags": ["fleet: other"]},
        None,
    ]
    result = runner.failure(TASK, name="support", defaults=CHAT, deployments=entries, check_mode=check_mode)
    message = result["msg"]
    assert message.startswith(f"{len(entries) - 1} of {len(entries)} entries can't be met, and nothing was changed.")
    assert "deployments[0]:" not in message
    assert "(good): name 'good' is that of deployments[0] too" in message
    for position, entry in enumerate(entries[1:], 1):
        label = (entry.get("name") or entry.get("id") or "").strip() if isinstance(entry, dict) else ""
        named = f"deployments[{position}]{f' ({label})' if label else ''}: "
        assert named in message, named
    for expected in (
        "there is no option modle. Supported parameters include",
        "max_size must be a whole number from",
        "'just a text' is no dictionary; give a dictionary of name, id",
        "node_type: L40S is disabled",
        "is in the region nl-ams, but the task acts in fr-par",
    ):
        assert expected in message
    assert runner.writes() == []
    assert not result["changed"]


def test_wrong_defaults_are_named_before_entries_are_read(runner: Runner) -> None:
    message = runner.failure(TASK, **fleet("a", defaults={**CHAT, "min_size": 2**70}))["msg"]
    assert "defaults.min_size" in message
    assert runner.requests() == []


def test_wrong_entries_are_named_although_reading_fails(runner: Runner) -> None:
    runner.emulator.add_fault(Fault(method="GET", path="", kind="status", status=403, body="{}", times=9))
    message = runner.failure(TASK, name="support", deployments=[{"name": "a"}, {"name": "b", "min_size": "x"}])["msg"]
    assert message.startswith("1 of 2 entries can't be met, and nothing was changed; the others couldn't be checked")
    assert "deployments[1] (b): " in message


def test_entries_that_do_not_fit_their_model_are_all_named(runner: Runner) -> None:
    entries = [
        {"name": "licence", "model": LICENSED},
        {"name": "large", "model": "meta/llama-3.1-70b-instruct:bf16", "accept_eula": True},
    ]
    message = runner.failure(TASK, name="support", defaults=CHAT, deployments=entries)["msg"]
    assert "deployments[0] (licence): accept_eula" in message
    assert "deployments[1] (large): node_type: L4 can't run the model" in message
    assert runner.writes() == []


def test_deployment_of_another_fleet_is_refused(runner: Runner) -> None:
    made = runner.ok(TASK, **fleet("a"))["members"][0]["deployment"]
    runner.emulator.clear_journal()
    twice = [{"name": "a"}, {"name": "z", "id": made["id"]}]
    assert "are the same deployment" in runner.failure(TASK, name="support", deployments=twice)["msg"]
    other = runner.failure(TASK, **{**fleet("a"), "name": "other"})["msg"]
    assert "carries the tag 'fleet: support' of another fleet" in other
    assert runner.writes() == []


# Access rules


@pytest.mark.parametrize("api_version", ["v1beta1"])
class TestRules:
    def test_rules_are_removed_only_with_purge_rules(self, runner: Runner) -> None:
        made = runner.ok(TASK, **fleet("a", "b", defaults={**CHAT, "rules": [OFFICE]}))
        assert [len(member["rules"]) for member in made["members"]] == [1, 1]
        assert made["diff"]["after"]["a"]["rules"] == [OFFICE]
        more = fleet("a", "b", defaults={"rules": [{"ip": "198.51.100.7"}]})
        result = runner.ok(TASK, **more)
        assert [len(member["rules"]) for member in result["members"]] == [2, 2]
        assert result["members"][0]["steps"] == ["add 198.51.100.7"]
        exact = fleet("a", "b", defaults={"rules": [{"ip": "198.51.100.7"}], "purge_rules": True})
        assert runner.ok(TASK, **exact, check_mode=True)["counts"] == {"updated": 2}
        assert [len(member["rules"]) for member in runner.ok(TASK, **exact)["members"]] == [1, 1]
        none = fleet("a", "b", defaults={"rules": [], "purge_rules": True})
        assert "allow_all: true" in runner.failure(TASK, **none)["msg"]
        none["defaults"]["allow_all"] = True
        assert [member["rules"] for member in runner.ok(TASK, **none)["members"]] == [[], []]

    def test_members_with_rules_are_waited_for(self, runner: Runner) -> None:
        entries = [{"name": "a", "rules": [OFFICE]}, {"name": "b"}]
        result = runner.ok(TASK, name="support", defaults=CHAT, deployments=entries, wait=False)
        assert [member["deployment"]["status"] for member in result["members"]] == ["ready", "creating"]
        assert result["members"][1]["rules"] is None

    def test_recreation_keeps_only_declared_rules(self, runner: Runner) -> None:
        runner.ok(TASK, **fleet("a", defaults={**CHAT, "rules": [OFFICE]}))
        recreated = {"node_type": "L40S", "on_immutable_change": "recreate"}
        kept = runner.ok(
            TASK, name="support", deployments=[{"name": "a", "rules": [{"ip": OFFICE["ip"]}], **recreated}]
        )
        # The description is taken over with the rule.
        assert [(rule["ip"], rule["description"]) for rule in kept["members"][0]["rules"]] == [tuple(OFFICE.values())]
        back = {"name": "a", "rules": [{"ip": "198.51.100.7"}], **recreated, "node_type": "L4"}
        result = runner.failure(TASK, name="support", deployments=[back])
        assert result["error"]["undeclared"] == {"a": {"rules": [{"ip": "198.51.100.7", "description": ""}, OFFICE]}}
        other = runner.ok(TASK, name="support", deployments=[{**back, "purge_rules": True}])
        assert [rule["ip"] for rule in other["members"][0]["rules"]] == ["198.51.100.7"]


def test_a_returned_deployment_is_given_back_by_its_id(runner: Runner) -> None:
    options = fleet("a", "b")
    members = [one["deployment"] for one in runner.ok(TASK, **options)["members"]]
    for check_mode in (True, False):
        again = runner.ok(TASK, name=options["name"], deployments=members, purge=True, check_mode=check_mode)
        assert not again["changed"]
        assert [one["deployment"] for one in again["members"]] == members
    # Whatever it is called by now, it is that one, and gets the name that it was returned with.
    runner.ok(deployment.TASK, id=members[0]["id"], name="c")
    again = runner.ok(TASK, name=options["name"], deployments=members)
    assert [one["steps"] for one in again["members"]] == [["update name (c -> a)"], []]
    assert [one["deployment"]["id"] for one in again["members"]] == [one["id"] for one in members]
    # Once it is gone, it isn't made by the name: an error that says how.
    runner.ok(deployment.TASK, id=members[0]["id"], state="absent")
    runner.emulator.clear_journal()
    message = runner.failure(TASK, name=options["name"], deployments=members)["msg"]
    assert f"deployments[0] (a): id: there is no deployment {members[0]['id']}" in message
    assert "leave the option out to find or create it by name" in message
    assert runner.writes() == []
    gone = [{**members[0], "state": "absent"}]
    assert runner.ok(TASK, name=options["name"], deployments=gone)["counts"] == {"unchanged": 1}
    without = [{name: value for name, value in one.items() if name != "id"} for one in members]
    assert runner.ok(TASK, name=options["name"], deployments=without)["counts"] == {"created": 1, "unchanged": 1}
