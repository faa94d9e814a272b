# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the variables that describe deployments as the modules do, at any depth, before anything is asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ...module_utils._client.errors import InferenceError
from ...module_utils._deployment.desired import wrong_options
from ...module_utils._fleet.desired import ENTRY_OPTIONS, SHARED_OPTIONS, entry_options, fleet_tag
from ...module_utils._options.checks import check_options, without_regions
from ...module_utils._options.entries import entry_label
from ...module_utils._options.normalize import fill_defaults
from .._variables import name_variables
from .specs import EntryPoint

_SIZES = ("min_size", "max_size")


def wrong_nested_values(entry: EntryPoint, options: Mapping[str, Any]) -> Iterator[str]:
    """A message for each dictionary with a value that is out of range, or that no request can carry."""
    for name, value in options.items():
        spec = {name: entry.options[name]}
        if "options" not in spec[name]:
            continue
        try:
            _options, wrong = check_options(spec, {name: value}, name if spec[name]["type"] == "list" else "")
        except InferenceError as error:
            yield str(error)
        else:
            yield from (f"{entry_label(name, at, value[at])}: {text}" for at, text in wrong.items())


def wrong_deployments(entry: EntryPoint, options: Mapping[str, Any], unusable: Collection[str]) -> Iterator[str]:
    """A message for each wrong option of a deployment: of those that all share, and of each entry of the list.

    unusable: variables that have a wrong type, and so aren't among the options.
    """
    variables = {name: f"{entry.prefix}{name}" for name in ("name", *SHARED_OPTIONS)}
    spec = {variable: entry.options[variable] for variable in entry.options}
    # The region in which the role acts isn't known yet.
    given, _wrong = without_regions(spec, options, None)
    written = {name: given[variable] for name, variable in variables.items() if variable in given}
    tag = fleet_tag(written.get("name", ""))
    shared = fill_defaults(SHARED_OPTIONS, {name: value for name, value in written.items() if name != "name"})
    # Too small ones are named with what to do in a role instead.
    shared |= {name: None for name in _SIZES if shared[name] is not None and shared[name] < 1}
    entries = given.get(f"{entry.prefix}deployments")
    only = {"name": written.get("name", "x") if entries is None else "x"}
    wrong = _wrong_entry(fill_defaults(ENTRY_OPTIONS, only), shared, tag, shared)
    yield from (name_variables(text, variables, {}) for text in wrong.values())
    # A wrong one counts as given, and is named once.
    known = {name: value for name, value in shared.items() if name not in wrong}
    known |= {name: [] for name in ("endpoints", "rules") if name in wrong or variables[name] in unusable}
    for position, one in enumerate(entries or ()):
        found = fill_defaults(ENTRY_OPTIONS, one)
        texts = _wrong_entry(found, known, tag, found).values()
        yield from (f"{entry_label(f'{entry.prefix}deployments', position, one)}: {text}" for text in texts)


def _wrong_entry(
    one: Mapping[str, Any], shared: Mapping[str, Any], tag: str, checked: Mapping[str, Any]
) -> dict[str, str]:
    """What is wrong with an entry, by option. C(checked): those of its options to look at."""
    try:
        options = entry_options(one, shared, tag)
    except InferenceError as error:
        return {str(error).partition(":")[0]: str(error)}
    # Sizes and rules of one that is to be absent don't count.
    left_out = () if one["state"] == "present" else (*_SIZES, "rules")
    own = {name: value for name, value in options.items() if checked.get(name) is not None and name not in left_out}
    return {name: str(error) for name, error in wrong_options(own).items()}
