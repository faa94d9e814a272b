# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first steps of `make release`: what it refuses, and where it writes the version."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = ("galaxy.yml", "plugins/module_utils/_client/version.py")
CHANGELOG = "changelogs/changelog.yaml"
#: Whatever git may find outside of the test.
SETTINGS = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
CALL = "import sys; sys.path.insert(0, sys.argv[1]); import pathlib, release; root = pathlib.Path(sys.argv[2])"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with the files that have the version, all committed."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / CHANGELOG).parent.mkdir()
    (tmp_path / CHANGELOG).write_text("releases:\n  0.10.0:\n    changes: {}\n  0.9.0:\n", encoding="utf-8")
    author = ["-c", "user.name=A developer", "-c", "user.email=developer@example.com"]
    for words in (["init", "--quiet"], ["add", "--all"], [*author, "commit", "--quiet", "--message=The start"]):
        _git(tmp_path, *words)
    return tmp_path


def _environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | SETTINGS


def _git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, env=_environ(), check=True)


def call(checkout: Path, statement: str) -> str:
    """Run a statement on the module `release`, of which `root` is the checkout. Returns the error, or nothing."""
    command = [sys.executable, "-c", f"{CALL}; {statement}", str(ROOT / "tests" / "tools"), str(checkout)]
    ended = subprocess.run(command, env=_environ(), check=False, capture_output=True, text=True)
    lines = ended.stderr.splitlines()
    assert bool(lines) == bool(ended.returncode), ended.stderr
    return lines[-1] if lines else ""


def test_the_version_is_written_wherever_it_stands(checkout: Path) -> None:
    before = {name: (checkout / name).read_text(encoding="utf-8") for name in FILES}
    assert call(checkout, "release.set_version('12.34.56', root)") == ""
    for name in FILES:
        changed = (checkout / name).read_text(encoding="utf-8")
        (old,) = set(before[name].splitlines()) - set(changed.splitlines())
        (new,) = set(changed.splitlines()) - set(before[name].splitlines())
        assert "version" in old.lower()
        assert new == old.replace(old.strip('"').split(" ")[-1].strip('"'), "12.34.56")


@pytest.mark.parametrize("version", ["", "1.2", "v1.2.3", "1.02.3", "1.2.3-rc1", "1.2.3\n"])
def test_what_is_no_version_changes_nothing(checkout: Path, version: str) -> None:
    assert "is no version" in call(checkout, f"release.set_version({version!r}, root)")
    assert call(checkout, "release.check_unreleased('0.10.0', root)") == ""


def test_a_version_is_released_once_and_from_what_is_committed(checkout: Path) -> None:
    _git(checkout, "tag", "0.10.1")
    assert "there is a tag 0.10.1 already" in call(checkout, "release.check_unreleased('0.10.1', root)")
    assert call(checkout, "release.check_unreleased('0.11.0', root)") == ""
    (checkout / "new").touch()
    assert "aren't committed" in call(checkout, "release.check_unreleased('0.11.0', root)")


def test_a_version_is_not_older_than_what_the_changelog_has(checkout: Path) -> None:
    assert "0.9.1 is older than 0.10.0" in call(checkout, "release.check_unreleased('0.9.1', root)")
    assert call(checkout, "release.check_unreleased('0.10.0', root)") == "", "prepared before, but not released"
