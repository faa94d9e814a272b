# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fail if a branch changes what users run without a fragment of the changelog that tells them.

python3 tests/tools/changelog_fragment.py [BASE]    # origin/main if not given
"""

from __future__ import annotations

import subprocess
import sys

USERS_RUN = ("plugins", "roles", "playbooks")
TELLS_USERS = ("changelogs/fragments/*.yml", "changelogs/changelog.yaml")  # a release turns the former into the latter
SKIP = "[skip changelog]"
ADVICE = f"""
Add a fragment, such as changelogs/fragments/deployment-tags.yml:

---
minor_changes:
  - deployment - one sentence that tells a user what is new.

The other sections are in changelogs/config.yaml; "trivial" is for what users don't notice. If there is nothing to
tell at all, put {SKIP} into the message of the branch's last commit."""


def git(*arguments: str) -> str:
    """What git prints. Its errors go to stderr, and raise CalledProcessError."""
    return subprocess.run(["git", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def changed(base: str, paths: tuple[str, ...], *options: str) -> list[str]:
    """The files at these paths that the branch has changed since it left `base`."""
    inside = [f":(top){path}" for path in paths]
    return git("diff", "--name-only", "--no-renames", *options, f"{base}...HEAD", "--", *inside).splitlines()


def main(base: str = "origin/main") -> int | str:
    """The exit status, or the error to show."""
    try:
        untold = changed(base, USERS_RUN)
        told = changed(base, TELLS_USERS, "--diff-filter=AM") or SKIP in git("log", "-1", "--format=%B", "HEAD")
    except subprocess.CalledProcessError:
        return f"error: cannot compare HEAD with {base}: name a base that is here, or run git fetch origin main"
    return 0 if told or not untold else f"error: no fragment tells of the changes of {', '.join(untold)}\n{ADVICE}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
