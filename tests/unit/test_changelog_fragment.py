# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A branch that changes what users run needs a fragment of the changelog."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tests" / "tools" / "changelog_fragment.py"
FRAGMENT = "changelogs/fragments/new.yml"


class Repository:
    """A git repository with a branch that left `main`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        # Neither the settings nor a surrounding repository of who runs the tests.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        self.variables = kept | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        for role in ("AUTHOR", "COMMITTER"):
            self.variables |= {f"GIT_{role}_NAME": "A developer", f"GIT_{role}_EMAIL": "developer@example.com"}
        self.git("init", "--quiet", "--initial-branch=main")
        self.write("plugins/modules/model.py", "roles/deploy/tasks/main.yml", "changelogs/fragments/old.yml")
        self.commit("The start")
        self.git("switch", "--quiet", "--create", "change")

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.root, env=self.variables, check=True)

    def write(self, *names: str, text: str = "before\n") -> None:
        for name in names:
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def commit(self, message: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", f"--message={message}")

    def check(self, *arguments: str, folder: str = ".") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(TOOL), *arguments]
        return subprocess.run(
            command, cwd=self.root / folder, env=self.variables, check=False, capture_output=True, text=True
        )


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


@pytest.mark.parametrize(
    "changed", ["plugins/modules/model.py", "plugins/action/new.py", "roles/deploy/tasks/main.yml", "playbooks/new.yml"]
)
def test_change_without_fragment_fails_and_says_what_to_do(repository: Repository, changed: str) -> None:
    repository.write(changed, text="after\n")
    repository.commit("A change")
    checked = repository.check("main")
    assert checked.returncode == 1
    assert changed in checked.stderr
    assert "Add a fragment, such as changelogs/fragments/" in checked.stderr
    assert "Traceback" not in checked.stderr


@pytest.mark.parametrize("told", [FRAGMENT, "changelogs/fragments/old.yml", "changelogs/changelog.yaml"])
def test_change_that_users_are_told_of_passes(repository: Repository, told: str) -> None:
    repository.write("plugins/modules/model.py", text="after\n")
    repository.commit("A change")
    repository.write(told, text="after\n")
    repository.commit("Tell of it")
    assert repository.check("main").returncode == 0


def test_deleted_module_needs_a_fragment(repository: Repository) -> None:
    (repository.root / "plugins/modules/model.py").unlink()
    repository.commit("Remove a module")
    assert repository.check("main").returncode == 1


@pytest.mark.parametrize("changed", ["docs/docsite/rst/faq.rst", "tests/unit/test_new.py", "plugins.md"])
def test_change_of_anything_else_passes(repository: Repository, changed: str) -> None:
    repository.write(changed, text="after\n")
    repository.commit("A change")
    assert repository.check("main").returncode == 0


def test_deleted_fragment_tells_nobody(repository: Repository) -> None:
    repository.write("plugins/modules/model.py", text="after\n")
    (repository.root / "changelogs/fragments/old.yml").unlink()
    repository.commit("A change")
    assert repository.check("main").returncode == 1


def test_fragment_of_the_base_does_not_count(repository: Repository) -> None:
    repository.write("plugins/modules/model.py", text="after\n")
    repository.commit("A change")
    repository.git("switch", "--quiet", "main")
    repository.write("plugins/modules/other.py", FRAGMENT, text="after\n")
    repository.commit("Another change, and its fragment")
    repository.git("switch", "--quiet", "change")
    checked = repository.check("main")
    assert checked.returncode == 1
    assert "other.py" not in checked.stderr


def test_words_in_the_last_message_let_it_pass(repository: Repository) -> None:
    repository.write("plugins/modules/model.py", text="after\n")
    repository.commit("Reword a comment\n\n[skip changelog]")
    assert repository.check("main").returncode == 0
    repository.write("plugins/modules/model.py", text="after that\n")
    repository.commit("A change")
    assert repository.check("main").returncode == 1


def test_subfolder_is_checked_like_the_root(repository: Repository) -> None:
    repository.write("plugins/modules/model.py", text="after\n")
    repository.commit("A change")
    assert repository.check("main", folder="roles").returncode == 1


def test_base_is_the_main_branch_of_origin(repository: Repository) -> None:
    checked = repository.check()
    assert checked.returncode == 1
    assert "cannot compare HEAD with origin/main" in checked.stderr
    assert "git fetch origin main" in checked.stderr
    assert "Traceback" not in checked.stderr
    repository.git("update-ref", "refs/remotes/origin/main", "main")
    assert repository.check().returncode == 0
