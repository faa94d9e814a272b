# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example workflow for users' own playbooks: its steps run as they stand, from an empty environment on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import urllib.request
import venv
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.tests.support.tools import import_tool

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "ci"
REPOSITORY = "git+https://github.com/scaleway/ansible-collection-inference.git"
#: Downloads of packages, on a slow line.
TIMEOUT = 280
PID = "SCALEWAY_INFERENCE_EMULATOR_PID"


def repository(folder: Path) -> str:
    """The address of a git repository with what this checkout has, committed or not."""
    git = ["git", "-c", "user.name=A developer", "-c", "user.email=developer@example.com", "-C"]
    listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"]
    names = subprocess.run([*git, str(ROOT), *listed], check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for words in (["init", "--quiet"], ["add", "--all", "--force"], ["commit", "--quiet", "--message=All"]):
        subprocess.run([*git, str(folder), *words], check=True)
    return f"git+{folder.as_uri()}"


def personal(name: str) -> bool:
    return name.startswith(("ANSIBLE_", "SCW_", "PYTHON", "GIT_", "PYTEST_")) or name == "VIRTUAL_ENV"


class Runner:
    """Runs the steps of a job as GitHub's runner does: one shell each, with the variables that earlier ones wrote."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkout"
        shutil.copytree(EXAMPLE, self.folder)
        venv.create(folder / "env", with_pip=True)
        self.variables_file = folder / "variables"
        self.variables_file.touch()
        kept = {name: value for name, value in os.environ.items() if not personal(name)}
        self._environ = {
            **kept,
            "HOME": str(folder),
            "PATH": f"{folder / 'env' / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "GITHUB_ENV": str(self.variables_file),
        }

    @property
    def variables(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.variables_file.read_text(encoding="utf-8").splitlines())

    def run(self, script: str) -> str:
        """The output of a step. Raises AssertionError if it fails."""
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            check=False,
            cwd=self.folder,
            env={**self._environ, **self.variables},
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}"
        return done.stdout


def steps() -> list[dict[str, Any]]:
    (job,) = yaml.safe_load((EXAMPLE / "workflow.yml").read_text(encoding="utf-8"))["jobs"].values()
    return [step for step in job["steps"] if "run" in step]


@pytest.mark.timeout(900)
def test_steps_of_the_workflow(tmp_path: Path) -> None:
    source = repository(tmp_path / "repository")
    runner = Runner(tmp_path)
    output = {}
    try:
        for step in steps():
            # Another emulator may have the default port.
            script = step["run"].replace(REPOSITORY, source).replace("--background", "--background --port 0")
            assert "https://" not in script
            output[step["name"]] = runner.run(script)
        assert "changed=1" in output["Show what it would do"]
        assert "changed=1" in output["Run it"]
        assert "changed=0" in output["Run it again, and fail if anything changes"]
        with urllib.request.urlopen(f"{runner.variables['SCW_API_URL']}/_emulator/journal", timeout=10) as answer:
            journal = json.load(answer)
        created = [one for one in journal if one["method"] == "POST" and one["path"].endswith("/deployments")]
        assert len(created) == 1, "the deployment whose answer was lost was made twice"
    finally:
        if PID in runner.variables:
            os.kill(int(runner.variables[PID]), signal.SIGTERM)


def test_the_python_of_the_workflow_runs_the_newest_ansible_core() -> None:
    environments = import_tool("environments")
    (job,) = yaml.safe_load((EXAMPLE / "workflow.yml").read_text(encoding="utf-8"))["jobs"].values()
    (python,) = [step["with"]["python-version"] for step in job["steps"] if "python-version" in step.get("with", {})]
    assert environments.core_for(python) == list(environments.CORES)[-1]
