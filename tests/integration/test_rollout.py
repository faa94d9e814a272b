# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout that is killed or fails at any step: the application always has a deployment that answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.scaleway.inference.tests.support.rollouts import NEW, OLD, Setting
from scaleway_inference_emulator.config import Config
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer

pytestmark = pytest.mark.slow

# The steps in order, each by a line of the output that shows that the run has reached it.
BEFORE_THE_SWITCH = [
    r"TASK .*Create the new deployment",
    rf"waiting: .* {NEW}: creating",
    r"TASK .*Give the new one the same",
    r"TASK .*Ask each model",
    r"TASK .*Look at it",
    r"TASK .*Write the environment file",
]
FROM_THE_SWITCH_ON = [
    r"TASK .*See whether that is in effect",
    r"RUNNING HANDLER .*Load the configuration",
    r"TASK .*Remember that it is",
    r"TASK .*Give the old one time",
    r"TASK .*Delete the old deployment",
    rf"waiting: .* {OLD}: deleting",
]


@pytest.fixture
def setting(tmp_path: Path) -> Iterator[Setting]:
    with EmulatorServer(Config(creating=0, deploying=0, updating=0, deleting=0, jitter=0)) as service:
        yield Setting(tmp_path, service)


@pytest.mark.parametrize("markers", [BEFORE_THE_SWITCH, FROM_THE_SWITCH_ON], ids=["before", "after"])
def test_killed_at_each_step_and_started_again(setting: Setting, markers: list[str]) -> None:
    old = setting.there()[OLD]
    for marker in markers:
        # Long enough to be seen.
        has_side_effects = {"creating": 1 if "creating" in marker else 0, "deleting": 1 if "deleting" in marker else 0}
        setting.service.configure(**has_side_effects)
        setting.play_until(marker)
        # At whichever step it was killed, the application has a deployment that stays, and nothing exists twice.
        there = setting.there()
        assert setting.loaded() in there.values()
        assert set(there) <= {OLD, NEW}
        if markers is BEFORE_THE_SWITCH:
            assert there[OLD] == setting.loaded() == old
    setting.expect_done(setting.play())
    again = setting.play()
    assert "changed=0 " in again.recap, again.output


def test_failure_after_the_switch_is_rolled_back(setting: Setting) -> None:
    old = setting.there()[OLD]
    setting.play_until(r"TASK .*Give the old one time")
    assert setting.loaded() == setting.there()[NEW]
    setting.service.add_fault(Fault(method="POST", path=rf"/ifr/{setting.there()[NEW]}/", kind="status", status=400))
    played = setting.play()
    assert played.code == 2
    output = " ".join(played.output.split())
    assert f"The rollout from {OLD} to {NEW} failed at 'Expect an answer of each': rollout_smoke_test: 1 of 1" in output
    assert f"{OLD} is as it was" in output
    assert setting.there() == {OLD: old}
    assert setting.loaded() == old
    assert setting.service.faults() == []


def test_deployment_that_ends_in_error_is_deleted(setting: Setting) -> None:
    old = setting.there()[OLD]
    setting.service.add_fault(Fault(method="POST", path="/deployments$", kind="fail_provisioning", message="no luck"))
    played = setting.play()
    assert played.code == 2
    assert "no luck" in played.output
    assert setting.there() == {OLD: old}
    # If the run was killed before that, the next one begins with it.
    setting.service.add_fault(Fault(method="POST", path="/deployments$", kind="fail_provisioning", message="no luck"))
    setting.play_until(r"TASK .*Take it back")
    assert set(setting.there()) == {OLD, NEW}
    played = setting.play()
    assert played.code == 0, played.output
    assert list(setting.there()) == [NEW]


def test_consumer_that_cannot_be_reached(setting: Setting) -> None:
    old = setting.there()[OLD]
    setting.lost.touch()
    played = setting.play()
    assert played.code == 2
    assert "These consumers can't be reached: app" in " ".join(played.output.split())
    assert {one.method for one in setting.service.journal()} == {"GET"}

    # The consumer is lost during the run. Nobody knows which deployment it uses, so both stay.
    setting.lost.unlink()
    setting.check({"name": "Look at it", "ansible.builtin.file": {"path": str(setting.lost), "state": "touch"}})
    played = setting.play()
    assert played.code == 2
    assert f"{NEW} stays, as these can't be asked whether they use it: app" in " ".join(played.output.split())
    assert set(setting.there()) == {OLD, NEW}
    assert setting.loaded() == old

    setting.lost.unlink()
    setting.check({"name": "Look at it", "ansible.builtin.assert": {"that": "rollout_endpoint.url | length > 0"}})
    setting.expect_done(setting.play())
