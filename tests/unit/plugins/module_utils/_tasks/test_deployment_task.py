# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(deployment) from creation to deletion, against the emulator."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.module_utils._tasks import (
    deployment_info,
    endpoint,
    fleet,
    model_info,
)
from ansible_collections.scaleway.inference.plugins.module_utils._tasks.deployment import TASK
from ansible_collections.scaleway.inference.tests.support.tasks import Runner
from scaleway_inference_emulator.faults import Fault

MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"
LICENSED = "meta/llama-3.1-8b-instruct:bf16"
NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
OTHER_NETWORK = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c002"
CHAT: dict[str, Any] = {"name": "chat", "model": MODEL, "node_type": "L4"}


def test_check_mode_predicts_the_deployment_and_creates_none(runner: Runner) -> None:
    result = runner.ok(TASK, check_mode=True, **CHAT, tags=["b", "a"])
    assert result["changed"]
    assert result["diff"]["before"] == {}
    assert result["diff"]["after"]["tags"] == ["a", "b"]
    assert result["deployment"]["model"] == MODEL
    assert result["deployment"]["id"] is None
    assert runner.writes() == []


@pytest.mark.real_durations
def test_creation_waits_until_ready_with_progress(runner: Runner) -> None:
    result = runner.ok(TASK, **CHAT)
    assert result["changed"]
    assert result["deployment"]["status"] == "ready"
    assert result["deployment"]["size"] == 1
    assert [one["public"] for one in result["deployment"]["endpoints"]] == [True]
    assert runner.progress[0] == f"deployment chat: created {result['deployment']['id']}"
    assert runner.progress[1] == "deployment chat: creating (0s)"
    # A line at least every 30 s of the 17 minutes, and one with each change of status.
    assert len(runner.progress) > 17 * 60 / 45
    assert runner.progress[-1].startswith("deployment chat: ready (17m")
    assert runner.writes() == ["POST /deployments"]


def test_deletion_is_never_reported_as_ready(runner: Runner) -> None:
    runner.ok(TASK, **CHAT)
    runner.progress.clear()
    assert runner.ok(TASK, name="chat", state="absent")["changed"]
    assert runner.progress
    assert not any("ready" in line for line in runner.progress), runner.progress


def test_licence_that_must_be_accepted_can_be_read(runner: Runner) -> None:
    message = runner.failure(TASK, **{**CHAT, "model": LICENSED})["msg"]
    assert "model_info with with_eula returns its text, with api_version v1beta1" in message


def test_second_run_changes_nothing_and_only_reads(runner: Runner) -> None:
    first = runner.ok(TASK, **CHAT, tags=["a"])
    runner.emulator.clear_journal()
    second = runner.ok(TASK, **CHAT, tags=["a"])
    assert not second["changed"]
    assert second["steps"] == []
    assert second["deployment"] == first["deployment"]
    assert runner.requests() == ["GET /deployments"]


def test_tags_are_a_set_and_omitted_options_stay(runner: Runner) -> None:
    runner.ok(TASK, **CHAT, tags=["a", "b"])
    assert not runner.ok(TASK, name="chat", tags=["b", "a"])["changed"]
    assert runner.ok(TASK, name="chat")["deployment"]["tags"] == ["a", "b"]
    changed = runner.ok(TASK, name="chat", tags=[])
    assert changed["changed"]
    assert changed["deployment"]["tags"] == []
    assert changed["deployment"]["status"] == "ready"


def test_sizes_are_updated_together(runner: Runner) -> None:
    runner.ok(TASK, **CHAT)
    result = runner.ok(TASK, name="chat", min_size=2, max_size=2)
    assert (result["deployment"]["min_size"], result["deployment"]["max_size"]) == (2, 2)
    assert result["diff"]["after"]["max_size"] == 2


def test_one_size_given_on_creation_is_both(runner: Runner) -> None:
    result = runner.ok(TASK, **CHAT, max_size=2)
    assert (result["deployment"]["min_size"], result["deployment"]["max_size"]) == (2, 2)


def test_size_below_the_other_is_refused_before_any_write(runner: Runner) -> None:
    runner.ok(TASK, **CHAT)
    runner.emulator.clear_journal()
    assert "max_size: 1 is less than min_size, 3" in runner.failure(TASK, name="chat", min_size=3)["msg"]
    assert "state: absent" in runner.failure(TASK, name="chat", min_size=0)["msg"]
    assert runner.writes() == []


def test_endpoints_are_purged_only_with_purge_endpoints(runner: Runner) -> None:
    runner.ok(TASK, **CHAT)
    added = runner.ok(TASK, name="chat", endpoints=[{"private_network_id": NETWORK}])
    assert len(added["deployment"]["endpoints"]) == 2
    opened = runner.ok(TASK, name="chat", endpoints=[{"public": True, "disable_auth": True}])
    assert {one["public"]: one["disable_auth"] for one in opened["deployment"]["endpoints"]} == {
        True: True,
        False: False,
    }
    # Left out, disable_auth stays as it is.
    assert not runner.ok(TASK, name="chat", endpoints=[{"public": True}])["changed"]
    runner.emulator.clear_journal()
    swapped = runner.ok(TASK, name="chat", endpoints=[{"private_network_id": OTHER_NETWORK}], purge_endpoints=True)
    assert [one["private_network_id"] for one in swapped["deployment"]["endpoints"]] == [OTHER_NETWORK]
    # Added before removed: never without an endpoint.
    assert runner.writes()[0] == "POST /endpoints"
    assert [one.split("/")[0] for one in runner.writes()] == ["POST ", "DELETE ", "DELETE "]


@pytest.mark.parametrize(
    ("endpoints", "message"),
    [
        ([], "at least one"),
        ([{"public": True}, {"public": True}], "more than one public endpoint"),
        ([{"private_network_id": NETWORK}, {"private_network_id": NETWORK.upper()}], "more than one endpoint in"),
        ([{"public": True, "private_network_id": NETWORK}], "either public: true or private_network_id"),
        ([{}], "either public: true or private_network_id"),
        ([{"private_network_id": "web"}], "'web' isn't an ID"),
    ],
)
def test_contradictory_endpoints_are_refused(runner: Runner, endpoints: list[Any], message: str) -> None:
    assert message in runner.failure(TASK, **CHAT, endpoints=endpoints, check_mode=True)["msg"]
    assert message in runner.failure(TASK, **CHAT, endpoints=endpoints)["msg"]
    assert runner.writes() == []


def test_update_while_busy_waits_first(runner: Runner) -> None:
    runner.ok(TASK, **CHAT, wait=False)
    runner.emulator.clear_journal()
    result = runner.ok(TASK, name="chat", tags=["late"], wait=False)
    assert result["deployment"]["tags"] == ["late"]
    assert runner.writes() == [f"PATCH /deployments/{result['deployment']['id']}"]


def test_interrupted_creation_is_waited_for_not_repeated(runner: Runner) -> None:
    begun = runner.ok(TASK, **CHAT, wait=False)
    assert begun["deployment"]["status"] == "creating"
    runner.emulator.clear_journal()
    result = runner.ok(TASK, **CHAT)
    assert not result["changed"]
    assert result["deployment"]["id"] == begun["deployment"]["id"]
    assert result["deployment"]["status"] == "ready"
    assert runner.writes() == []


@pytest.mark.real_durations
def test_timeout_says_that_the_deployment_goes_on(runner: Runner) -> None:
    result = runner.failure(TASK, **CHAT, wait_timeout=60)
    assert "still creating after 1m" in result["msg"]
    assert "raise wait_timeout" in result["msg"]
    assert "done before this: create deployment chat" in result["msg"]
    assert result["changed"]
    assert result["deployment"]["status"] == "creating"


def test_immutable_change_fails_with_both_values(runner: Runner) -> None:
    runner.ok(TASK, **CHAT)
    runner.emulator.clear_journal()
    for check_mode in (True, False):
        result = runner.failure(TASK, name="chat", node_type="L40S", check_mode=check_mode)
        assert "node_type (L4, desired: L40S)" in result["msg"]
        assert "on_immutable_change: recreate" in result["msg"]
    assert runner.writes() == []


def test_recreation_that_the_service_would_refuse_deletes_nothing(runner: Runner) -> None:
    runner.ok(TASK, **CHAT)
    runner.emulator.clear_journal()
    options = {"name": "chat", "model": LICENSED, "node_type": "L40S", "on_immutable_change": "recreate"}
    assert "accept_eula: true" in runner.failure(TASK, **options)["msg"]
    assert runner.writes() == []


def test_model_whose_name_v1beta1_does_not_take_is_refused_before_any_write(runner: Runner) -> None:
    imported = {"model": "TestAccCustomModel_Basic", "node_type": "H100"}
    runner.environ["SCW_INFERENCE_API_VERSION"] = "v1beta1"
    runner.ok(TASK, **CHAT)
    runner.emulator.clear_journal()
    for options in ({"name": "own"}, {"name": "chat", "on_immutable_change": "recreate"}):
        for check_mode in (True, False):
            message = runner.failure(TASK, **imported, **options, check_mode=check_mode)["msg"]
            assert "TestAccCustomModel_Basic can't be deployed by its name" in message
            assert "api_version: v1, which deploys by ID" in message
    members = [{**imported, "name": "own"}, {**CHAT, "name": "other"}]
    assert "(own): model: TestAcc" in runner.failure(fleet.TASK, name="team", deployments=members)["msg"]
    assert runner.writes() == []
    assert runner.ok(TASK, **imported, name="own", api_version="v1")["deployment"]["model"] == imported["model"]
    assert not runner.ok(TASK, **imported, name="own")["changed"]


def test_renaming_needs_the_id_and_a_free_name(runner: Runner) -> None:
    chat = runner.ok(TASK, **CHAT)["deployment"]
    runner.ok(TASK, **{**CHAT, "name": "other"})
    assert "is the name of another deployment" in runner.failure(TASK, id=chat["id"], name="other")["msg"]
    result = runner.ok(TASK, id=chat["id"], name="renamed")
    assert result["deployment"]["name"] == "renamed"
    assert not runner.ok(TASK, id=chat["id"], name="renamed")["changed"]


def value_warnings(result: dict[str, Any]) -> list[str]:
    return [one for one in result.get("warnings", []) if "is sent as it is" in one]


@pytest.mark.parametrize("name", ["under_score", "with space", "dot.ted"])
def test_name_excluded_by_one_source_is_sent_with_a_warning(runner: Runner, name: str) -> None:
    for check_mode in (True, False):
        (warning,) = value_warnings(runner.ok(TASK, **{**CHAT, "name": name}, check_mode=check_mode))
        assert warning.startswith(f"name: '{name}' is sent as it is")
        assert ("the API page" in warning) == (name == "under_score")
    made = runner.ok(TASK, **{**CHAT, "name": name})
    assert not made["changed"]
    assert "warnings" not in made
    chosen = {"id": made["deployment"]["id"]}
    assert "warnings" not in runner.ok(TASK, **chosen, name="plain-1")
    (warning,) = value_warnings(runner.ok(TASK, **chosen, name=name))
    assert f"'{name}'" in warning
    assert "warnings" not in runner.ok(TASK, name=name, state="absent")


def test_fleet_warns_once_of_each_name(runner: Runner) -> None:
    entries = [{**CHAT, "name": name} for name in ("a_1", "b_1", "plain")]
    made = runner.ok(fleet.TASK, name="my_fleet", deployments=entries)
    assert [one.split("'")[1] for one in value_warnings(made)] == ["a_1", "b_1"]
    assert value_warnings(runner.ok(fleet.TASK, name="my_fleet", deployments=entries)) == []


def test_name_excluded_by_all_sources_is_left_to_the_service(runner: Runner) -> None:
    result = runner.failure(TASK, **{**CHAT, "name": "a/b"})
    assert "the service refused name" in result["msg"]
    assert "nor of" in value_warnings(runner.ok(TASK, **{**CHAT, "name": "a/b"}, check_mode=True))[0]


@pytest.mark.parametrize("name", [" ", "\t \n"])
def test_blank_name_is_said_to_be_missing(runner: Runner, name: str) -> None:
    for options in (CHAT, {"state": "absent"}, {"id": NETWORK}):
        assert runner.failure(TASK, **{**options, "name": name})["msg"] == (
            "name: holds nothing but blanks, so the name is missing; give one"
        )
    assert "name: '" + "a" * 40 + "…' has 256 characters" in runner.failure(TASK, **{**CHAT, "name": "a" * 256})["msg"]
    assert runner.writes() == []


@pytest.mark.parametrize("api_version", ["v1beta1"])
def test_size_excluded_by_one_source_is_sent_with_a_warning(runner: Runner) -> None:
    predicted = runner.ok(TASK, **CHAT, max_size=51, min_size=1, check_mode=True)
    assert [one.split(":")[0] for one in value_warnings(predicted)] == ["max_size"]
    assert "the service refused max_size" in runner.failure(TASK, **CHAT, max_size=51, min_size=1)["msg"]
    made = runner.ok(TASK, **CHAT)["deployment"]
    runner.emulator.force_status(made["id"], "ready", max_size=51)
    assert "warnings" not in runner.ok(TASK, **CHAT, max_size=51, min_size=1)
    assert "min_size: must be 1 or more" in runner.failure(TASK, name="chat", min_size=0)["msg"]


def test_ids_with_a_region_equal_those_without(runner: Runner) -> None:
    desired = {**CHAT, "endpoints": [{"private_network_id": f"fr-par/{NETWORK.upper()}"}]}
    made = runner.ok(TASK, **desired)["deployment"]
    assert [one["private_network_id"] for one in made["endpoints"]] == [NETWORK]
    runner.emulator.clear_journal()
    project = f"fr-par/{runner.emulator.project_id}"
    for again in (
        desired,
        {"id": f"fr-par/{made['id']}", "model": f"fr-par/{made['model_id']}"},
        {**CHAT, "project_id": project},
    ):
        assert not runner.ok(TASK, **again)["changed"]
    entry = {**desired, "id": f"fr-par/{made['id']}", "tags": ["fleet: f"]}
    runner.ok(fleet.TASK, name="f", deployments=[entry])
    assert not runner.ok(fleet.TASK, name="f", deployments=[entry])["changed"]
    by_id = {"deployment": f"fr-par/{made['id']}"}
    assert not runner.ok(endpoint.TASK, **by_id, private_network_id=f"fr-par/{NETWORK}")["changed"]
    assert not runner.ok(endpoint.TASK, id=f"fr-par/{made['endpoints'][0]['id']}")["changed"]
    for options in ({"deployment": f"fr-par/{made['id']}"}, {"project_id": project}):
        assert [one["id"] for one in runner.ok(deployment_info.TASK, **options)["deployments"]] == [made["id"]]
    assert len(runner.ok(model_info.TASK, model=f"fr-par/{made['model_id']}")["models"]) == 1


@pytest.mark.parametrize(
    ("task", "options", "option"),
    [
        (TASK, {"id": NETWORK}, "id"),
        (TASK, {**CHAT, "model": NETWORK}, "model"),
        (TASK, {**CHAT, "project_id": NETWORK}, "project_id"),
        (endpoint.TASK, {"deployment": NETWORK, "public": True}, "deployment"),
        (endpoint.TASK, {"id": NETWORK}, "id"),
        (endpoint.TASK, {"deployment": "chat", "private_network_id": NETWORK}, "private_network_id"),
        (model_info.TASK, {"model": NETWORK}, "model"),
    ],
)
def test_error_about_an_id_of_another_region_names_both_regions(
    runner: Runner, task: Any, options: dict[str, Any], option: str
) -> None:
    message = runner.failure(task, **{**options, option: f"nl-ams/{NETWORK}"})["msg"]
    assert message.startswith(option)
    assert f"'nl-ams/{NETWORK}' is in the region nl-ams, but the task acts in fr-par; set region: nl-ams" in message
    assert runner.requests() == []


def test_unknown_id_is_an_error_unless_absent(runner: Runner) -> None:
    assert "there is no deployment" in runner.failure(TASK, id=NETWORK)["msg"]
    assert not runner.ok(TASK, id=NETWORK, state="absent")["changed"]
    assert "isn't an ID" in runner.failure(TASK, id="chat", state="absent")["msg"]


def test_absence(runner: Runner) -> None:
    assert not runner.ok(TASK, name="chat", state="absent")["changed"]
    runner.ok(TASK, **CHAT)
    checked = runner.ok(TASK, name="chat", state="absent", check_mode=True)
    assert checked["changed"]
    assert checked["diff"]["after"] == {}
    assert len(runner.emulator.deployments()) == 1
    gone = runner.ok(TASK, name="chat", state="absent")
    assert gone["changed"]
    assert gone["deployment"] is None
    assert runner.emulator.deployments() == []
    assert runner.progress[-1].startswith("deployment chat: gone")
    assert not runner.ok(TASK, name="chat", state="absent")["changed"]


def test_absence_only_waits_for_a_deletion_under_way(runner: Runner) -> None:
    runner.ok(TASK, **CHAT, wait=False)
    going = runner.ok(TASK, name="chat", state="absent", wait=False)
    assert going["deployment"]["status"] == "deleting"
    runner.emulator.clear_journal()
    assert not runner.ok(TASK, name="chat", state="absent")["changed"]
    assert runner.emulator.deployments() == []
    assert runner.writes() == []


def test_presence_during_a_deletion_creates_a_new_deployment(runner: Runner) -> None:
    old = runner.ok(TASK, **CHAT)["deployment"]["id"]
    runner.ok(TASK, name="chat", state="absent", wait=False)
    new = runner.ok(TASK, **CHAT)["deployment"]
    assert new["id"] != old
    assert new["status"] == "ready"


def test_deletion_by_another_run_is_no_error(runner: Runner) -> None:
    deployment = runner.ok(TASK, **CHAT)["deployment"]
    runner.emulator.add_fault(Fault(method="DELETE", path="/deployments/", kind="reset", when="after"))
    # The retry after the lost answer meets its own deletion under way.
    result = runner.ok(TASK, name="chat", state="absent")
    assert result["changed"]
    assert runner.emulator.deployments() == []
    assert runner.emulator.status(deployment["id"]) == "deleted"


def test_deletion_waits_for_a_busy_deployment_whatever_that_ends_as(runner: Runner) -> None:
    runner.emulator.add_fault(Fault(method="POST", path="/deployments$", kind="fail_provisioning", message="no node"))
    runner.ok(TASK, **CHAT, wait=False)
    busy = '{"type":"transient_state","message":"busy","resource":"deployment","current_state":"creating"}'
    runner.emulator.add_fault(Fault(method="DELETE", path="/deployments/", kind="status", status=409, body=busy))
    assert runner.ok(TASK, name="chat", state="absent")["changed"]
    assert runner.emulator.deployments() == []
    assert [one.split(" ")[0] for one in runner.writes()] == ["POST", "DELETE", "DELETE"]


@pytest.mark.parametrize("status", ["error", "locked"])
def test_error_about_a_broken_deployment_quotes_the_service(runner: Runner, status: str) -> None:
    deployment = runner.ok(TASK, **CHAT)["deployment"]
    runner.emulator.force_status(deployment["id"], status, "GPU fell off the bus")
    for options in (CHAT, {"name": "chat", "tags": ["x"]}, {**CHAT, "check_mode": True}):
        message = runner.failure(TASK, **options)["msg"]
        assert "GPU fell off the bus" in message
        assert deployment["id"] in message


def test_provisioning_that_fails_ends_the_wait_at_once(runner: Runner) -> None:
    runner.emulator.add_fault(
        Fault(method="POST", path="/deployments", kind="fail_provisioning", message="no capacity")
    )
    result = runner.failure(TASK, **CHAT)
    assert "in status error: no capacity" in result["msg"]
    assert "state: absent" in result["msg"]
    assert result["deployment"]["status"] == "error"
    assert result["changed"]


def test_update_that_is_not_kept_is_an_error(runner: Runner) -> None:
    runner.ok(TASK, **CHAT)
    runner.emulator.add_fault(Fault(method="PATCH", path="/deployments/", kind="forget"))
    result = runner.failure(TASK, name="chat", tags=["lost"])
    assert "didn't keep it" in result["msg"]
    assert "tags ([] -> ['lost'])" in result["msg"]


def test_short_outage_does_not_end_a_long_wait(runner: Runner) -> None:
    runner.emulator.add_fault(
        Fault(method="GET", path=r"/deployments/.", kind="status", status=502, body="<html>", times=20, skip=2)
    )
    result = runner.ok(TASK, **CHAT)
    assert result["deployment"]["status"] == "ready"
    assert any("asking again" in line for line in runner.progress)
    assert runner.emulator.faults() == []


def test_several_deployments_of_one_name_are_an_error_with_their_ids(runner: Runner) -> None:
    first = runner.ok(TASK, **CHAT)["deployment"]["id"]
    second = runner.ok(TASK, **{**CHAT, "name": "chat 2"})["deployment"]["id"]
    runner.emulator.force_status(second, "ready", name="chat")
    for state in ("present", "absent"):
        message = runner.failure(TASK, name="chat", state=state)["msg"]
        assert first in message
        assert second in message
        assert "by its ID" in message
    assert runner.ok(TASK, id=second, state="absent")["changed"]


def test_similar_names_are_not_the_same(runner: Runner) -> None:
    runner.ok(TASK, **{**CHAT, "name": "chat-two"})
    result = runner.ok(TASK, **CHAT)
    assert result["changed"]
    assert len(runner.emulator.deployments()) == 2


def test_project_is_needed_to_find_by_name(runner: Runner) -> None:
    runner.environ["SCW_DEFAULT_PROJECT_ID"] = ""
    message = runner.failure(TASK, **CHAT)["msg"]
    assert "SCW_DEFAULT_PROJECT_ID" in message
    assert runner.requests() == []


def test_check_mode_predicts_endpoints_with_their_known_ids(runner: Runner) -> None:
    network = "5b1c3fd3-4f39-4f9a-8e2f-6f8d26a2c001"
    desired = {**CHAT, "endpoints": [{"public": True}, {"private_network_id": network}]}
    predicted = runner.ok(TASK, **desired, check_mode=True)["deployment"]
    assert [(one["id"], one["url"]) for one in predicted["endpoints"]] == [(None, None)] * 2
    made = runner.ok(TASK, **CHAT)["deployment"]
    changed = runner.ok(TASK, **desired, check_mode=True)["deployment"]
    assert changed["id"] == made["id"]
    assert changed["endpoints"][0] == made["endpoints"][0]
    assert (changed["endpoints"][1]["id"], changed["endpoints"][1]["private_network_id"]) == (None, network)
    recreated = {**CHAT, "node_type": "L40S", "on_immutable_change": "recreate", "rules": []}
    if made["quantization_bits"]:
        recreated["quantization_bits"] = made["quantization_bits"]
    predicted = runner.ok(TASK, **recreated, check_mode=True)
    assert (predicted["deployment"]["id"], predicted["deployment"]["endpoints"][0]["url"]) == (None, None)


@pytest.mark.parametrize("api_version", ["v1"])
def test_bits_that_are_as_desired_stay_so_with_another_model(runner: Runner) -> None:
    options = {"name": "chat", "node_type": "L40S", "quantization_bits": 8, "accept_eula": True}
    made = runner.ok(TASK, **options, model="meta/llama-3.1-8b-instruct:fp8")["deployment"]
    assert made["quantization_bits"] == 8
    changed = runner.ok(TASK, **options, model="mistral/mistral-7b-instruct-v0.3:bf16")
    assert changed["deployment"]["id"] == made["id"]
    assert changed["deployment"]["quantization_bits"] == 8
    assert len(changed["steps"]) == 1
    assert not runner.ok(TASK, **options, model="mistral/mistral-7b-instruct-v0.3:bf16")["changed"]
