# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepare a release: set its version, move the fragments into the changelog, then build and check the archive.

    make release VERSION=0.2.0

Nothing leaves this machine. The last lines of output are the commands that publish the release.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import environments
from environments import ROOT, SetupError

SESSIONS = Path(__file__).with_name("sessions.py")
#: Where the session `galaxy` leaves the archive.
BUILT = environments.VENV / "sessions" / "galaxy" / "tmp" / "build"
SEMANTIC = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
CHANGELOG = "changelogs/changelog.yaml"
#: galaxy.yml has the version. The user agent says it too, in modules, which can't read that file.
VERSION_LINES = {
    "galaxy.yml": ("version: ", ""),
    "plugins/module_utils/_client/version.py": ('VERSION = "', '"'),
}


def set_version(version: str, root: Path = ROOT) -> None:
    """Write the version into the files that have it. Raises SetupError if it isn't x.y.z."""
    if not SEMANTIC.fullmatch(version):
        raise SetupError(f"{version!r} is no version: give three numbers, e.g. make release VERSION=0.2.0")
    for name, (before, after) in VERSION_LINES.items():
        path = root / name
        text = path.read_text(encoding="utf-8")
        line = re.compile(rf"^{re.escape(before)}.*$", re.MULTILINE)
        if len(line.findall(text)) != 1:
            raise SetupError(f"{name} has not one line that begins with {before!r}")
        path.write_text(line.sub(f"{before}{version}{after}", text), encoding="utf-8")


def check_unreleased(version: str, root: Path = ROOT) -> None:
    """Raise SetupError if there is something uncommitted, or a tag of this version."""
    if _git(root, "status", "--porcelain"):
        raise SetupError("there are changes that aren't committed: commit or stash them first")
    if _git(root, "tag", "--list", version):
        raise SetupError(f"there is a tag {version} already: a version is released once")
    text = (root / CHANGELOG).read_text(encoding="utf-8")
    newest = max(re.findall(r"^  (\d+\.\d+\.\d+):$", text, re.MULTILINE), key=_numbers, default=version)
    if SEMANTIC.fullmatch(version) and _numbers(version) < _numbers(newest):
        raise SetupError(f"{version} is older than {newest}, the newest in {CHANGELOG}: give a newer one")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def main(arguments: list[str]) -> int:
    """Prepare the release of this version. Raises SetupError."""
    if len(arguments) != 1:
        raise SetupError("give one version, e.g. make release VERSION=0.2.0")
    (version,) = arguments
    check_unreleased(version)
    set_version(version)
    # The changelog may have this version already, of an earlier preparation.
    for session in (["changelog", "--", "release", "--update-existing"], ["galaxy"]):
        if subprocess.run([sys.executable, str(SESSIONS), *session], check=False).returncode:
            raise SetupError(f"the session {session[0]} failed, see above; 'git restore .' takes back what was written")
    archive = f"scaleway-inference-{version}.tar.gz"
    shutil.copy(BUILT / archive, ROOT / archive)
    print(
        f"\n{archive} is built and checked. Read CHANGELOG.rst. When make test-all and make sanity pass:\n"
        f"  git commit --all --message 'Release {version}'   # merge it through a pull request\n"
        f"  git tag {version} && git push origin {version}   # on the merged commit\n"
        f"  ansible-galaxy collection publish {archive}   # with a token of the namespace's owner\n"
    )
    return 0


if __name__ == "__main__":
    environments.start(main)
