# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the site of every version: `latest`, from what is checked out, and each release, from its tag.

    python tests/tools/publish_docs.py .venv/published

All are built each time, so that every page lists all versions. The first page leads to `latest`; so does a page that
isn't there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from environments import ROOT, start

INDEX = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>scaleway.inference</title>
<meta http-equiv="refresh" content="0; url=latest/index.html"><link rel="canonical" href="latest/index.html"></head>
<body><a href="latest/index.html">scaleway.inference</a></body></html>
"""


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def releases() -> list[str]:
    """The tags of releases that have a site, the newest first."""
    tags = [tag for tag in git("tag", "--list", "--sort=-version:refname").split() if re.fullmatch(r"[0-9.]+", tag)]
    return [tag for tag in tags if git("ls-tree", "--name-only", tag, "tests/tools/docsite.py")]


def build(checkout: Path, version: str, versions: list[str], target: Path) -> None:
    """Build the site of one version with its own tools and pins."""
    environ = {**os.environ, "DOCS_VERSION": version, "DOCS_VERSIONS": json.dumps(versions)}
    subprocess.run(["make", "docs", f"PYTHON={sys.executable}"], cwd=checkout, env=environ, check=True)
    shutil.copytree(checkout / ".venv" / "docs" / "html", target / version)


def main(arguments: list[str]) -> int:
    (target,) = map(Path, arguments)
    shutil.rmtree(target, ignore_errors=True)
    tags = releases()
    versions = ["latest", *tags]
    build(ROOT, "latest", versions, target)
    for tag in tags:
        with tempfile.TemporaryDirectory() as folder:
            checkout = Path(folder) / "checkout"
            git("worktree", "add", "--detach", str(checkout), tag)
            try:
                build(checkout, tag, versions, target)
            finally:
                git("worktree", "remove", "--force", str(checkout))
    (target / "index.html").write_text(INDEX, encoding="utf-8")
    (target / "versions.json").write_text(json.dumps(versions) + "\n", encoding="utf-8")
    shutil.copy(target / "latest" / "404.html", target)
    return 0


if __name__ == "__main__":
    start(main)
