# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the inventory plugin in the process of the tests, without Ansible's plugin loader."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from ansible import constants
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.doc_fragments import constructed, inventory_cache

from ansible_collections.scaleway.inference.plugins.doc_fragments import api
from ansible_collections.scaleway.inference.plugins.inventory import inference
from ansible_collections.scaleway.inference.plugins.plugin_utils._inventory.templates import mark_trusted
from ansible_collections.scaleway.inference.tests.support.inventories import PLUGIN


class Inventory:
    """One inventory, parsed from files in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.data = InventoryData()
        self.warnings: list[str] = []

    def parse(self, *, flush_cache: bool = False, **options: Any) -> Inventory:
        """Write a file with these options and parse it into the inventory."""
        path = self._folder / "scaleway_inference.yml"
        path.write_text(yaml.safe_dump({"plugin": PLUGIN, **options}), encoding="utf-8")
        return self._parse(DataLoader(), path, flush_cache)

    def parse_read(self, options: Mapping[str, Any]) -> Inventory:
        """As `parse`, but with options that were read before: also those that take YAML long, or that it can't hold."""
        return self._parse(_ReadBefore({"plugin": PLUGIN, **options}), self._folder / "read", False)

    def _parse(self, loader: DataLoader, path: Path, flush_cache: bool) -> Inventory:
        plugin = load_plugin()
        plugin.display = _Display(self.warnings)
        plugin.parse(self.data, loader, str(path), not flush_cache)
        # Ansible's inventory manager does the same after parsing.
        if plugin.get_option("cache"):
            plugin.update_cache_if_changed()
        self.data.reconcile_inventory()
        return self

    @property
    def hosts(self) -> dict[str, dict[str, Any]]:
        """The variables of each host, without those that Ansible adds."""
        added = ("inventory_file", "inventory_dir")
        return {
            name: {key: value for key, value in host.vars.items() if key not in added}
            for name, host in self.data.hosts.items()
        }

    def group(self, name: str) -> set[str]:
        """The hosts of a group. Raises KeyError if there is no such group."""
        return {host.name for host in self.data.groups[name].hosts}


class _ReadBefore(DataLoader):
    """Has read an inventory file already."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        super().__init__()
        self._content = {name: _as_in_a_file(value) for name, value in content.items()}

    def load_from_file(self, *_arguments: Any, **_more: Any) -> Any:
        return self._content


def _as_in_a_file(value: Any, depth: int = 100) -> Any:
    """The value with its texts marked as those of a file are: they may be templates."""
    if isinstance(value, str):
        return mark_trusted(value)
    if isinstance(value, list) and depth:
        return [_as_in_a_file(one, depth - 1) for one in value]
    if isinstance(value, dict) and depth:
        return {key: _as_in_a_file(one, depth - 1) for key, one in value.items()}
    return value


@cache
def option_definitions() -> dict[str, dict[str, Any]]:
    """What the plugin's documentation says of each option, those of fragments included."""
    fragments = (constructed, inventory_cache, api)
    documents = [inference.DOCUMENTATION, *(fragment.ModuleDocFragment.DOCUMENTATION for fragment in fragments)]
    definitions: dict[str, dict[str, Any]] = {}
    for document in documents:
        definitions |= yaml.safe_load(document)["options"]
    return definitions


def load_plugin() -> Any:
    """A new instance of the plugin, set up as Ansible's plugin loader does it."""
    constants.config.initialize_plugin_configuration_definitions("inventory", PLUGIN, option_definitions())
    plugin = inference.InventoryModule()
    plugin._load_name = plugin.ansible_name = PLUGIN
    plugin._redirected_names = plugin.ansible_aliases = [PLUGIN]
    plugin._original_path = inference.__file__
    return plugin


class _Display:
    """Keeps warnings and drops messages of ``-vvv``."""

    def __init__(self, warnings: list[str]) -> None:
        self._warnings = warnings

    def warning(self, message: str, *_more: Any, **_named: Any) -> None:
        self._warnings.append(message)

    def vvv(self, *_message: Any, **_named: Any) -> None:
        pass
