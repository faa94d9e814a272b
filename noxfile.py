# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sessions of our own; antsibull-nox.toml has those of antsibull-nox. `make` runs all of them."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent / "tests" / "tools"))

import environments
from environments import CORES, EMULATOR, REQUIREMENTS, ROOT

# For antsibull-nox' sessions too; so before it reads the environment.
for setting in os.environ.keys() - environments.without_personal().keys():
    del os.environ[setting]
os.environ.update(environments.without_personal())

import antsibull_nox
from antsibull_nox.sessions.collections import prepare_collections

antsibull_nox.load_antsibull_nox_toml()

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"
nox.options.envdir = environments.VENV / "sessions"
nox.options.reuse_venv = "yes"

PINNED = ["-c", str(REQUIREMENTS / "sanity.txt")]
PLUGINS = "ansible_collections.scaleway.inference.plugins"
TESTS = "ansible_collections.scaleway.inference.tests"
TYPED = [f"{TESTS}.support", f"{TESTS}.benchmark", f"{TESTS}.chaos", f"{TESTS}.stress", "scaleway_inference_emulator"]
SITE = environments.VENV / "docs"


def install(session: nox.Session, *packages: str) -> dict[str, str]:
    """Install exactly these, unless they are what was installed last. Returns variables for commands."""
    env = Path(session.virtualenv.location)
    stamp, expected = env / "complete", environments.fingerprint(packages)
    if not stamp.is_file() or stamp.read_text() != expected:
        stamp.unlink(missing_ok=True)
        session.install(*(["--exact"] if session.venv_backend == "uv" else []), *packages)
        stamp.write_text(expected)
    return environments.variables(env)


def copied(session: nox.Session) -> Path:
    """A copy of the files that git tracks or would add, at a path that ansible-test takes."""
    prepared = prepare_collections(session, install_in_site_packages=False, install_out_of_tree=True)
    if prepared is None:
        session.error("needs an environment")
    return prepared.current_path


@nox.session(default=False)
@nox.parametrize(
    ["python", "core"],
    [nox.param(python, core, id=f"{core}, {python}") for core, pythons in CORES.items() for python in pythons],
)
def test(session: nox.Session, core: str) -> None:
    """Run the tests given, or all but the slow ones."""
    env = install(session, "-r", str(REQUIREMENTS / f"core-{core}.txt"), "-e", str(EMULATOR))
    # More workers than processors, since tests of playbooks wait half of the time.
    workers = (os.cpu_count() or 2) * 3 // 2
    chosen = session.posargs or ["-m", "not slow"]
    session.run("python", "-m", "pytest", f"--numprocesses={workers}", "--dist=worksteal", *chosen, env=env)


@nox.session
def typing(session: nox.Session) -> None:
    """Check types: of the plugins, the tests' support, the emulator, and these tools."""
    env = install(session, "-r", str(REQUIREMENTS / "sanity.txt"), "-e", str(EMULATOR))
    parts = sorted({path.relative_to(ROOT / "plugins").parts[0] for path in (ROOT / "plugins").glob("*/**/*.py")})
    packages = [*(f"{PLUGINS}.{part}" for part in parts), *TYPED]
    session.run("mypy", *(word for package in packages for word in ("-p", package)), env=env)
    session.run("mypy", "--python-executable", sys.executable, "noxfile.py", "tests/tools", env=env)


@nox.session
def changelog(session: nox.Session) -> None:
    """Check the changelog's fragments, and that a release can be made of them; or run antsibull-changelog as told."""
    # For a release, it asks ansible-doc which plugins and roles there are.
    env = install(session, *PINNED, "ansible-core", "antsibull-changelog")
    session.run("antsibull-changelog", *(session.posargs or ["lint"]), env=env)
    if not session.posargs:
        with session.chdir(copied(session)):
            session.run("git", "init", "--quiet", env=env, external=True)  # it asks git for the files
            session.run("antsibull-changelog", "release", "--version", "999.0.0", env=env)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation site, without a network, and fail on any warning; or run another builder."""
    env = install(session, "-r", str(REQUIREMENTS / "docs.txt"))
    session.run("python", str(ROOT / "tests" / "tools" / "docsite.py"), str(SITE), *session.posargs, env=env)


@nox.session(default=False)
def benchmark(session: nox.Session) -> None:
    """Measure what the collection costs, and compare it with the baseline; or write that, with --write."""
    pins = REQUIREMENTS / f"core-{environments.core_for(environments.running_version())}.txt"
    env = install(session, "-r", str(REQUIREMENTS / "benchmark.in"), "-c", str(pins), "-e", str(EMULATOR))
    program = str(ROOT / "tests" / "benchmark" / "run.py")
    session.run("python", program, *session.posargs, env=env | {"PYTHONPATH": str(environments.COLLECTIONS)})


@nox.session
def galaxy(session: nox.Session) -> None:
    """Check that the archive to publish can be built and installed, and that Galaxy would accept it."""
    env = install(session, *PINNED, "ansible-core", "galaxy-importer") | {"GALAXY_IMPORTER_CHECK_REQUIRED_TAGS": "1"}
    build, tree = Path(session.create_tmp()).resolve() / "build", copied(session)
    shutil.rmtree(build, ignore_errors=True)
    with session.chdir(tree):
        session.run("ansible-galaxy", "collection", "build", "--output-path", str(build), env=env)
    (artifact,) = build.glob("*.tar.gz")
    with session.chdir(build):
        collection = ["ansible-galaxy", "collection", "install", "--offline", "--collections-path", "installed"]
        session.run(*collection, artifact.name, env=env | {"ANSIBLE_COLLECTIONS_PATH": "installed"})
        output = str(session.run("python", "-m", "galaxy_importer.main", artifact.name, env=env, silent=True))
    # The importer succeeds in spite of these.
    if found := re.findall(r"^(?:WARNING|ERROR).*", output, re.MULTILINE):
        session.error("Galaxy's importer is not content:\n" + "\n".join(found))


@nox.session
def reuse(session: nox.Session) -> None:
    """Check that every file names its copyright and licence."""
    env = install(session, *PINNED, "reuse[charset-normalizer]")
    session.run("reuse", "lint", "--lines", env=env)


@nox.session
def workflows(session: nox.Session) -> None:
    """Check the files in .github against the schemas of GitHub that check-jsonschema brings."""
    env = install(session, *PINNED, "check-jsonschema")
    folder = ROOT / ".github"
    config = folder / "ISSUE_TEMPLATE" / "config.yml"
    for schema, files in {
        "github-workflows": {*folder.glob("workflows/*.yml"), ROOT / "docs" / "examples" / "ci" / "workflow.yml"},
        "dependabot": {*folder.glob("dependabot.yml")},
        "github-issue-config": {config} if config.exists() else set(),
        "github-issue-forms": {*folder.glob("ISSUE_TEMPLATE/*.yml")} - {config},
    }.items():
        if files:
            session.run("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *map(str, sorted(files)), env=env)


@nox.session
def sanity(session: nox.Session) -> None:
    """Run ansible-test sanity without Docker, without exceptions. `ansible-test-sanity-…` are those with Docker."""
    # The user's home, since ansible-test gives pip no other way to its configuration.
    env = install(session, *PINNED, "ansible-core") | {"HOME": str(Path.home())}
    script = ROOT / "tests" / "tools" / "ansible_test.py"
    with session.chdir(copied(session)):
        version = environments.running_version()
        session.run("python", str(script), "sanity", "--python", version, *session.posargs, env=env)


@nox.session(default=False)
def units(session: nox.Session) -> None:
    """Run ansible-test units without Docker, in an environment that has what the tests need."""
    version = environments.running_version()
    pins = f"core-{environments.core_for(version)}.txt"
    env = install(session, "-r", str(REQUIREMENTS / pins), "-e", str(EMULATOR))
    with session.chdir(copied(session)):
        session.run("ansible-test", "units", "--python", version, *session.posargs, env=env)


@nox.session(python=False, default=False)
def lock(session: nox.Session) -> None:
    """Pin the newest packages that tests/requirements/*.in allow: a `.txt` for each, valid for all of its Pythons."""
    oldest = {f"core-{core}": pythons[0] for core, pythons in CORES.items()}
    oldest |= {"sanity": "3.11", "nox": "3.10", "clients": "3.10", "docs": "3.11"}
    uv = [str(Path(sys.executable).with_name("uv")), "pip", "compile", "--quiet", "--universal", "--upgrade"]
    uv += ["--no-annotate", "--custom-compile-command", "make lock", *session.posargs]
    with session.chdir(REQUIREMENTS):
        for name, python in oldest.items():
            emulator = [] if name in ("nox", "clients", "docs") else [str(EMULATOR / "pyproject.toml")]
            session.run(*uv, "--python-version", python, f"{name}.in", *emulator, "--output-file", f"{name}.txt")
