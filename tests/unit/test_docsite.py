# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation site is whole: every guide is in its navigation, and addresses are those of galaxy.yml."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.tests.support.guides import Guide, all_guides, guide

ROOT = Path(__file__).resolve().parents[2]
DOCSITE = ROOT / "docs" / "docsite"
LABEL = "ansible_collections.scaleway.inference.docsite."


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


GALAXY = load(ROOT / "galaxy.yml")
SITE = GALAXY["documentation"].rstrip("/")
WITH_ADDRESSES = [
    ROOT / "README.md",
    ROOT / ".github" / "ISSUE_TEMPLATE" / "config.yml",
    *(ROOT / "roles").glob("*/README.md"),
    *DOCSITE.glob("*.yml"),
    *(one.path for one in all_guides()),
]


def test_navigation_has_every_guide_once() -> None:
    listed = [page for section in load(DOCSITE / "extra-docs.yml")["sections"] for page in section["toctree"]]
    assert sorted(listed) == [one.path.stem for one in all_guides()]


@pytest.mark.parametrize("page", all_guides(), ids=lambda page: page.path.stem)
def test_guide_has_its_label_and_says_what_it_is_for(page: Guide) -> None:
    name = re.escape(LABEL + page.path.stem)
    # The label, the heading, and a sentence before anything else.
    assert re.search(rf"^\.\. _{name}:\n\n\S.*\n=+\n\n[A-Z]\w+ .*", page.text, re.MULTILINE)


@pytest.mark.parametrize("path", WITH_ADDRESSES, ids=lambda path: "/".join(path.parts[-2:]))
def test_addresses_lead_to_the_repository_and_to_the_site(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "scaleway.github.io" not in text.replace(f"{SITE}/", "")
    for address in re.findall(r"https://github\.com/scaleway/[^\s>)`]+", text):
        assert address.startswith(GALAXY["repository"]), address
        if found := re.search(r"/(?:blob|tree)/main/([^\s#]+)$", address):
            assert (ROOT / found[1]).exists(), address
    for page in re.findall(rf"{re.escape(SITE)}/latest/docsite/(\w+)\.html", text):
        assert guide(page).path.is_file(), page


def test_pages_are_edited_where_the_repository_is() -> None:
    edited = load(DOCSITE / "links.yml")["edit_on_github"]["repository"]
    assert GALAXY["repository"] == f"https://github.com/{edited}"


def test_settings_have_every_environment_variable() -> None:
    documented = [*(ROOT / "plugins").glob("*/*.py"), *(ROOT / "roles").glob("*/meta/argument_specs.yml")]
    named = {name for path in documented for name in re.findall(r"\bE\((\w+)\)", path.read_text(encoding="utf-8"))}
    assert "SCW_SECRET_KEY" in named
    assert {name for name in named if f"``{name}``" not in guide("settings").text} == set()
