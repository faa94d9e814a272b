# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress is shown only on standard error, so that programs can parse standard output."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.tests.support.playbooks import Player
from ansible_collections.scaleway.inference.tests.support.processes import in_terminal
from scaleway_inference_emulator.server import EmulatorServer

CALLBACKS = Path(__file__).resolve().parents[1] / "support" / "callbacks"
MODEL = "mistral/mistral-7b-instruct-v0.3:bf16"
CHAT = {"name": "chat", "model": MODEL, "node_type": "L4"}
LINE = re.compile(r"waiting: \[localhost\] => deployment chat: (created [0-9a-f-]{36}|[a-z]+ \(\d+s\))")
SKIPPED = {"name": "Never", "ansible.builtin.debug": {"msg": "never"}, "when": False}


@pytest.fixture
def api_version() -> str:
    """The default version: what is tested here doesn't depend on it."""
    return "v1beta1"


@pytest.fixture
def playbook(tmp_path: Path) -> Path:
    """A play that waits, after a task that is skipped."""
    tasks = [SKIPPED, {"name": "Deploy", "scaleway.inference.deployment": CHAT}]
    path = tmp_path / "progress.yml"
    path.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    return path


def expect_all(lines: list[str]) -> None:
    """Check that these are the lines of one creation, each complete."""
    assert lines
    assert all(LINE.fullmatch(line) for line in lines), lines
    assert [line.split(": ")[-1].split(" ")[0] for line in lines] == ["created", "creating", "ready"]


@pytest.mark.slow
def test_json_on_stdout_can_be_parsed(player: Player, playbook: Path) -> None:
    player.environ.update(ANSIBLE_CALLBACK_PLUGINS=str(CALLBACKS), ANSIBLE_STDOUT_CALLBACK="one_document")
    done = player.run_command(player.command(playbook))
    assert json.loads(done.out) == [{"task": "Deploy", "host": "localhost", "changed": True}]
    expect_all(done.err.splitlines())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("callback", "skipped", "expected"),
    [
        ("minimal", "true", r"localhost \| SKIPPED\nlocalhost \| CHANGED => \{\n(    .*\n)+\}\n"),
        ("oneline", "true", r"localhost \| SKIPPED\nlocalhost \| CHANGED => \{.*\}\n"),
        (
            "default",
            "true",
            r"\nPLAY .*\n\nTASK \[Never\] .*\nskip.*\n\nTASK \[Deploy\] .*\nchanged: .*\n\nPLAY .*\n.*\n\n",
        ),
        ("default", "false", r"\nPLAY .*\n\nTASK \[Deploy\] .*\nchanged: .*\n\nPLAY .*\n.*\n\n"),
    ],
)
def test_only_the_callback_writes_to_stdout(
    player: Player, playbook: Path, callback: str, skipped: str, expected: str
) -> None:
    player.environ.update(ANSIBLE_STDOUT_CALLBACK=callback, ANSIBLE_DISPLAY_SKIPPED_HOSTS=skipped)
    # ansible-core plans to remove the callback oneline.
    player.environ["ANSIBLE_DEPRECATION_WARNINGS"] = "false"
    done = player.run_command(player.command(playbook))
    assert re.fullmatch(expected, done.out), done.out
    expect_all(done.err.splitlines())


@pytest.mark.slow
def test_one_line_of_a_command(player: Player) -> None:
    player.environ["ANSIBLE_DEPRECATION_WARNINGS"] = "false"
    options = " ".join(f"{key}={value}" for key, value in CHAT.items())
    adhoc = ["localhost", "-o", "-m", "scaleway.inference.deployment", "-a", options]
    done = player.run_command([sys.executable, "-m", "ansible", "adhoc", *adhoc])
    assert re.fullmatch(r"localhost \| CHANGED => \{.*\}\n", done.out), done.out
    expect_all(done.err.splitlines())


@pytest.mark.slow
@pytest.mark.parametrize("skipped", ["true", "false"])
def test_order_in_a_terminal(player: Player, playbook: Path, skipped: str) -> None:
    player.environ["ANSIBLE_DISPLAY_SKIPPED_HOSTS"] = skipped
    del player.environ["PYTHONUNBUFFERED"]
    lines = in_terminal(player.command(playbook), player.environ, playbook.parent)
    shown = [number for number, line in enumerate(lines) if "waiting" in line]
    expect_all([lines[number] for number in shown])
    (banner,) = (number for number, line in enumerate(lines) if line.startswith("TASK [Deploy] "))
    done = lines.index("changed: [localhost]")
    if skipped == "true":
        assert banner < shown[0] <= shown[-1] < done
    else:
        # The banner comes with the result, after the lines of progress, so these name what they are about themselves.
        assert shown[-1] < banner < done


@pytest.mark.slow
def test_lines_in_one_pipe_stay_whole(player: Player, playbook: Path) -> None:
    played = player.play_file(playbook)
    expect_all([line for line in played.output.splitlines() if "waiting" in line])


@pytest.mark.slow
def test_log_of_ansible_keeps_them(player: Player, playbook: Path, tmp_path: Path) -> None:
    log = tmp_path / "ansible.log"
    player.environ["ANSIBLE_LOG_PATH"] = str(log)
    assert player.play_file(playbook).code == 0
    expect_all(
        [
            re.sub(r".*?\| ", "", line, count=1)
            for line in log.read_text(encoding="utf-8").splitlines()
            if "waiting" in line
        ]
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (False, False),
        ("no", False),
        ("{{ 1 > 2 }}", False),
        (True, True),
        ("", True),
        (None, True),
        ("{{ omit }}", True),
        ("{{ '' }}", True),
    ],
)
def test_variable_turns_them_off(player: Player, service: EmulatorServer, value: Any, shown: bool) -> None:
    service.configure(creating=0, deploying=0)
    task = {"name": "Deploy", "scaleway.inference.deployment": CHAT}
    played = player.play([task], vars={"scaleway_inference_progress": value})
    assert played.code == 0, played.output
    assert ("waiting" in played.output) == shown, played.output


@pytest.mark.slow
@pytest.mark.parametrize("variable", ["scaleway_inference_progress", "scaleway_inference_in_process"])
def test_variable_that_cannot_be_read_is_named(player: Player, service: EmulatorServer, variable: str) -> None:
    tasks: list[dict[str, Any]] = [
        {
            "scaleway.inference.deployment": CHAT,
            "register": f"saved_{number}",
            "ignore_errors": True,
            "vars": {"scaleway_inference_in_process": number < 4, variable: value},
        }
        for number, value in enumerate(["perhaps", [], {"a": 1}, "{{ nobody_knows }}", "perhaps"])
    ]
    played = player.play(tasks)
    for number, value in enumerate(["'perhaps'", "'[]'", "'{'a': 1}'", "nobody_knows", "'perhaps'"]):
        message = played.registered[f"saved_{number}"]["msg"]
        assert variable in message, played.output
        assert value in message
    assert service.deployments() == []
