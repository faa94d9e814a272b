# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run every check other than the tests. Each one runs even if an earlier one failed.

`make sanity ARGS="ruff mypy"` runs only these two.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import docs
import environments
from environments import ROOT, VENV

# ansible-test requires such a path. The copy also keeps files that tools create out of the checkout.
TREE = VENV / "sanity-tree" / "ansible_collections" / "scaleway" / "inference"
BUILD = VENV / "build"
PACKAGE = "ansible_collections.scaleway.inference.plugins"
SUPPORT = "ansible_collections.scaleway.inference.tests.support"

# A replacement for the script that ansible-test downloads, for machines where that download is not possible.
BOOTSTRAP = """\
import runpy, subprocess, sys
subprocess.run([sys.executable, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)
sys.argv[1:] = ["install"] + [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


class Sanity:
    """The checks, in the environment that they share."""

    def __init__(self, env: Path, python: str) -> None:
        self.python = python
        self.variables = environments.variables(env) | {"GALAXY_IMPORTER_CHECK_REQUIRED_TAGS": "1"}
        if not sys.stdout.isatty():
            self.variables["NO_COLOR"] = "1"

    def run(self, *command: str, cwd: Path = ROOT, **variables: str) -> bool:
        """Whether this command succeeds."""
        return subprocess.run(command, check=False, cwd=cwd, env=self.variables | variables).returncode == 0

    def watch(self, *command: str, cwd: Path, **variables: str) -> tuple[bool, str]:
        """Whether this command succeeds, and its output, which is also printed."""
        env, output = self.variables | variables, []
        with subprocess.Popen(
            command, cwd=cwd, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            for line in process.stdout or ():
                print(line, end="", flush=True)
                output.append(line)
        return process.returncode == 0, "".join(output)

    def ruff(self) -> bool:
        """Check the style of Python code and likely mistakes."""
        return all([self.run("ruff", "check"), self.run("ruff", "format", "--check")])

    def mypy(self) -> bool:
        """Check types: of the plugins, the emulator, the tests' support and these tools."""
        parts = [f"{PACKAGE}.{part.name}" for part in sorted((ROOT / "plugins").iterdir()) if any(part.rglob("*.py"))]
        packages = [word for package in [*parts, SUPPORT, "scaleway_inference_emulator"] for word in ("-p", package)]
        return all([self.run("mypy", *packages), self.run("mypy", "tests/tools")])

    def ansible_test(self) -> bool:
        """Run Ansible's own checks, without exceptions."""
        # The user's home, since ansible-test gives pip no other way to its configuration.
        command, home = ["ansible-test", "sanity", "--python", self.python], str(Path.home())
        passed, output = self.watch(*command, cwd=TREE, HOME=home)
        if not passed and (missing := re.search(r"can be manually downloaded and saved to: (\S+)", output)):
            print("Not to be downloaded from here: saving an equivalent and starting again.", flush=True)
            Path(missing[1]).write_text(BOOTSTRAP)
            passed, output = self.watch(*command, cwd=TREE, HOME=home)
        return passed

    def ansible_lint(self) -> bool:
        """Check playbooks, roles and metadata against the production profile."""
        return self.run("ansible-lint", cwd=TREE)

    def antsibull_docs(self) -> bool:
        """Check the documentation of the plugins, and that its pages are up to date."""
        lint = ["antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck"]
        return all([self.run(*lint, "--validate-collection-refs=self", ".", cwd=TREE), docs.is_current(self.variables)])

    def antsibull_changelog(self) -> bool:
        """Check the fragments of the changelog."""
        return self.run("antsibull-changelog", "lint", cwd=TREE)

    def galaxy(self) -> bool:
        """Check that the archive to publish can be built and installed, and that Galaxy would accept it."""
        shutil.rmtree(BUILD, ignore_errors=True)
        BUILD.mkdir()
        if not self.run("ansible-galaxy", "collection", "build", "--output-path", str(BUILD), cwd=TREE):
            return False
        artifact = next(BUILD.glob("*.tar.gz")).name
        install = ["ansible-galaxy", "collection", "install", "--offline", "--collections-path", "installed", artifact]
        installed = self.run(*install, cwd=BUILD, ANSIBLE_COLLECTIONS_PATH="installed")
        imported, output = self.watch("python", "-m", "galaxy_importer.main", artifact, cwd=BUILD)
        # The importer succeeds in spite of warnings and errors.
        return installed and imported and not re.search(r"^(WARNING|ERROR)", output, re.MULTILINE)


CHECKS: dict[str, Callable[[Sanity], bool]] = {
    "ruff": Sanity.ruff,
    "mypy": Sanity.mypy,
    "antsibull-changelog": Sanity.antsibull_changelog,
    "antsibull-docs": Sanity.antsibull_docs,
    "ansible-lint": Sanity.ansible_lint,
    "galaxy": Sanity.galaxy,
    "ansible-test": Sanity.ansible_test,
}


def copy_tree() -> None:
    """Make TREE from the files that git tracks or would add, as they are now."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    shutil.rmtree(TREE, ignore_errors=True)
    for name in filter(os.path.isfile, listed):
        target = TREE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(name, target)
    # A repository of its own, so that tools don't find the surrounding one, which ignores this folder.
    subprocess.run(["git", "init", "--quiet", TREE], check=True)


def main(names: list[str]) -> int:
    """Run the checks of these names, or all. The exit status is 0 if every one passed."""
    if unknown := set(names) - set(CHECKS):
        raise environments.SetupError(f"no such check: {', '.join(unknown)}; there are {', '.join(CHECKS)}")
    sanity = Sanity(*environments.sanity())
    copy_tree()
    results = {}
    for name in names or CHECKS:
        print(f"\n=== {name} ===", flush=True)
        results[name] = CHECKS[name](sanity)

    print("\n=== Summary ===")
    for name, passed in results.items():
        print(f"{name}: {'passed' if passed else 'FAILED'}")
    return not all(results.values())


if __name__ == "__main__":
    environments.start(main)
