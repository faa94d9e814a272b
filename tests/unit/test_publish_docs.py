# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site of every version is built from its own tag, and each page lists all versions."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[1] / "tools"
# Stands for the build of a site: its page shows what it was told, and the text of the checkout.
MAKEFILE = """
docs:
\t@mkdir -p .venv/docs/html
\t@echo "$$DOCS_VERSION $$DOCS_VERSIONS $$(cat text)" > .venv/docs/html/index.html
\t@echo "nothing here" > .venv/docs/html/404.html
"""
USER = ["-c", "user.name=Tester", "-c", "user.email=tester@example.com"]


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *USER, *arguments], cwd=folder, check=True, capture_output=True, text=True)


@pytest.mark.skipif(not (shutil.which("git") and shutil.which("make")), reason="needs git and make")
def test_each_version_is_built_from_its_tag(tmp_path: Path) -> None:
    repository, target = tmp_path / "repository", tmp_path / "published"
    tools = repository / "tests" / "tools"
    tools.mkdir(parents=True)
    git(repository, "init", "--quiet")

    def commit(text: str, *tags: str) -> None:
        (repository / "text").write_text(text, encoding="utf-8")
        git(repository, "add", "--all")
        git(repository, "commit", "--quiet", "--message", text)
        for tag in tags:
            git(repository, "tag", tag)

    commit("before there was a site", "0.0.1")
    for name in ("docsite.py", "environments.py", "publish_docs.py"):
        shutil.copy(TOOLS / name, tools)
    (repository / "Makefile").write_text(MAKEFILE, encoding="utf-8")
    commit("first", "0.9.0", "not-a-release")
    commit("second", "0.10.0")
    commit("newest")

    command = [sys.executable, str(tools / "publish_docs.py"), str(target)]
    subprocess.run(command, check=True, capture_output=True, text=True)

    versions = ["latest", "0.10.0", "0.9.0"]
    assert json.loads((target / "versions.json").read_text(encoding="utf-8")) == versions
    for version, text in zip(versions, ("newest", "second", "first"), strict=True):
        page = (target / version / "index.html").read_text(encoding="utf-8")
        assert page == f"{version} {json.dumps(versions)} {text}\n"
    assert "latest/index.html" in (target / "index.html").read_text(encoding="utf-8")
    assert (target / "404.html").read_text(encoding="utf-8") == "nothing here\n"
    assert not (target / "0.0.1").exists()
