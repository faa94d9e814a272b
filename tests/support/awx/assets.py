# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's files for AWX, and their import by awxkit, as ``awx import`` does it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import awxkit.api
import yaml
from awxkit.config import config

from .server import serve
from .state import Awx

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "docs" / "awx"
CREDENTIAL: dict[str, list[dict[str, Any]]] = yaml.safe_load((FOLDER / "credential.yml").read_text(encoding="utf-8"))
ASSETS: dict[str, list[dict[str, Any]]] = yaml.safe_load((FOLDER / "assets.yml").read_text(encoding="utf-8"))
TEMPLATES = [*ASSETS["job_templates"], *ASSETS["workflow_job_templates"]]
NAME = "Scaleway Managed Inference"


@contextmanager
def empty_awx() -> Iterator[Awx]:
    """A stand-in without any assets, as the server that awxkit talks to."""
    with serve() as awx, patch.dict(config, base_url=awx.url, client_connection_attempts=1):
        yield awx


def imported(assets: Mapping[str, Any]) -> bool:
    """Run C(awx import) on a file. Returns whether it ended without errors."""
    v2 = awxkit.api.Api().get().available_versions.v2.get()
    v2.import_assets(assets)
    return not getattr(v2, "_has_error", False)


def fill_credential(awx: Awx, **inputs: str) -> None:
    """Fill in the credential, as a person does after the import."""
    number = awx.id_of("credentials", NAME)
    awx.save("credentials", {**awx.objects["credentials"][number], "inputs": inputs}, number)


def survey(template: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The questions of a template in the assets."""
    return list(template.get("related", {}).get("survey_spec", {}).get("spec", []))
