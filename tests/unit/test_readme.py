# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages that people meet first: the README, the archive's facts, and the page of the emulator's package."""

from __future__ import annotations

import fnmatch
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GALAXY: dict[str, Any] = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
NAMES = ("Managed Inference", "Generative APIs - Dedicated Deployment")
RAW = "https://raw.githubusercontent.com/scaleway/ansible-collection-inference/main/"


def links(text: str) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", text)


def test_users_find_both_names_of_the_service() -> None:
    for name in NAMES:
        assert name in README
        assert name in GALAXY["description"]
        assert name in (ROOT / "tests" / "emulator" / "README.md").read_text(encoding="utf-8")


def test_links_within_the_archive_lead_somewhere() -> None:
    inside = [link for link in links(README) if "://" not in link]
    assert inside
    for link in inside:
        path = link.partition("#")[0]
        assert (ROOT / path).exists(), link
        assert not any(fnmatch.fnmatch(path, pattern) for pattern in GALAXY["build_ignore"]), link


def test_the_picture_is_there_and_an_image() -> None:
    (picture,) = [link.removeprefix(RAW) for link in links(README) if link.startswith(RAW)]
    assert ElementTree.parse(ROOT / picture).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_the_archive_has_no_emulator_and_says_where_it_is() -> None:
    assert "tests" in GALAXY["build_ignore"]
    assert f'pip install "git+{GALAXY["repository"]}.git#subdirectory=tests/emulator"' in README
