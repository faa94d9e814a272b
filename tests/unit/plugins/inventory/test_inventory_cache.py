# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cache: it saves requests, serves only equal settings, holds no secret, and may be damaged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.scaleway.inference.plugins.plugin_utils._inventory import cache as entries
from ansible_collections.scaleway.inference.tests.support.parsed_inventory import Inventory
from scaleway_inference_emulator.faults import Fault
from scaleway_inference_emulator.server import EmulatorServer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept"


@pytest.fixture
def listed(emulator: EmulatorServer, inventory: Inventory, tmp_path: Path, folder: Path) -> Callable[..., Inventory]:
    """Parse into a new inventory, with the cache in a folder of files."""

    def parse(**options: Any) -> Inventory:
        emulator.clear_journal()
        kept = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(folder)}
        return Inventory(tmp_path).parse(**{**kept, **options})

    return parse


def test_cached_run_sends_nothing_and_has_the_same_hosts(
    emulator: EmulatorServer, listed: Callable[..., Inventory]
) -> None:
    emulator.populate(deployments=3)
    first = listed()
    assert emulator.journal()
    emulator.populate(deployments=4)
    second = listed()
    assert emulator.journal() == []
    assert second.hosts == first.hosts
    assert {name: second.group(name) for name in second.data.groups} == {
        name: first.group(name) for name in first.data.groups
    }
    # As with --flush-cache: it reads again, and keeps that for the next run.
    assert len(listed(flush_cache=True).group("deployments")) == 4
    assert emulator.journal()
    assert len(listed().group("deployments")) == 4
    assert emulator.journal() == []


def test_options_that_only_shape_hosts_use_the_cache(
    emulator: EmulatorServer, listed: Callable[..., Inventory]
) -> None:
    listed()
    shaped = listed(hostvars_prefix="s_", hostnames=["{{ s_kind }}-{{ s_name }}"], compose={"x": "s_kind"})
    assert emulator.journal() == []
    assert shaped.hosts["node_type-L4"]["x"] == "node_type"


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {"project_id": "105bdce1-64c0-48ab-899d-868455867ecf"},
        {"organization_id": "105bdce1-64c0-48ab-899d-868455867ecf"},
        {"api_version": "v1"},
        {"regions": ["nl-ams"]},
        {"region": "nl-ams"},
        {"resources": ["models"]},
        {"filters": {"name": ["L4"]}},
        {"filters": {"tags": ["chat"]}},
        {"filters": {"statuses": ["ready"]}},
        {"filters": {"include_disabled": True}},
        {"with_acls": True},
        {"secret_key": "7e57e700-1111-4222-8333-444455556666"},
    ],
)
def test_other_settings_dont_read_it(
    emulator: EmulatorServer, listed: Callable[..., Inventory], options: dict[str, Any]
) -> None:
    other = {"7e57e700-1111-4222-8333-444455556666": {"permissions": "read_only"}}
    emulator.reset(regions=["fr-par", "nl-ams"], keys=other, any_project=True)
    listed()
    listed(**options)
    assert emulator.journal()
    listed(**options)
    assert emulator.journal() == []


def test_no_secret_is_kept(emulator: EmulatorServer, listed: Callable[..., Inventory], folder: Path) -> None:
    listed(access_key="SCWEMULATOR123456789")
    [kept] = folder.iterdir()
    for secret in (emulator.secret_key, "SCWEMULATOR123456789", emulator.secret_key[:8]):
        assert secret not in kept.name
        assert secret not in kept.read_text()


def _entry(text: str) -> dict[str, Any]:
    """The entry of the plugin, within what newer versions of Ansible wrap around it."""
    read: dict[str, Any] = json.loads(text)
    return json.loads(read["__payload__"]) if "__payload__" in read else read


def _rewritten(change: Callable[[dict[str, Any]], Any]) -> Callable[[str], str]:
    def rewrite(text: str) -> str:
        changed = change(_entry(text))
        return json.dumps({"__payload__": json.dumps(changed)} if "__payload__" in text else changed)

    return rewrite


@pytest.mark.slow
@pytest.mark.parametrize(
    "spoil",
    [
        lambda _text: "",
        lambda text: text[: len(text) // 2],
        lambda _text: "null",
        lambda _text: "[1, 2]",
        lambda _text: '"text"',
        lambda _text: '{"__payload__": "{"}',
        lambda _text: '{"__payload__": 7}',
        _rewritten(lambda _entry: {}),
        _rewritten(lambda _entry: ["models"]),
        _rewritten(lambda entry: {**entry, "format": entry["format"] - 1}),
        _rewritten(lambda entry: {**entry, "facts": entry["facts"].replace("available", "unavailable", 1)}),
        _rewritten(lambda entry: {**entry, "facts": json.loads(entry["facts"])}),
    ],
)
def test_damaged_entry_is_read_again(
    emulator: EmulatorServer, listed: Callable[..., Inventory], folder: Path, spoil: Callable[[str], str]
) -> None:
    first = listed()
    [kept] = folder.iterdir()
    kept.write_text(spoil(kept.read_text()))
    again = listed()
    assert emulator.journal()
    assert again.hosts == first.hosts
    assert again.warnings == []
    listed()
    assert emulator.journal() == []


def test_entry_of_another_version_isnt_read(
    emulator: EmulatorServer, listed: Callable[..., Inventory], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "VERSION", "0.0.9")
    listed()
    assert emulator.journal()
    monkeypatch.setattr(entries, "VERSION", "0.0.8")
    listed()
    assert emulator.journal()


def test_incomplete_result_isnt_kept(emulator: EmulatorServer, listed: Callable[..., Inventory], folder: Path) -> None:
    denied = Fault(method="GET", path="/models$", kind="status", status=403, type="permissions_denied")
    emulator.add_fault(denied)
    assert listed(strict_api=False).warnings
    assert list(folder.iterdir()) == []
    whole = listed(strict_api=False)
    assert whole.warnings == []
    assert whole.group("models")


def test_nothing_is_written_without_a_cache(emulator: EmulatorServer, inventory: Inventory, tmp_path: Path) -> None:
    before = {path.name for path in tmp_path.rglob("*")}
    inventory.parse()
    inventory.parse(flush_cache=True)
    assert {path.name for path in tmp_path.rglob("*")} - before == {"scaleway_inference.yml"}
