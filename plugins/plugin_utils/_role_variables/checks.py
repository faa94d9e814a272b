# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks values of role variables that have the right type, but would fail later, maybe after resources were created.

The modules that the roles use apply the same rules. Errors of this check name the variable of the role.
"""

from __future__ import annotations

import ipaddress
import keyword
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ...module_utils._client.errors import InferenceError
from ...module_utils._client.ids import is_uuid
from ...module_utils._client.ranges import display_text, range_of
from ...module_utils._deployment.rules import parse_network
from ...module_utils._fleet.desired import fleet_tag
from ...module_utils._options.checks import parse_source_address
from .deployments import wrong_deployments, wrong_nested_values
from .specs import EntryPoint

# Checks of the modules for single variables, by their name without the prefix of the role.
_CHECKS = {"name": fleet_tag, "source_address": parse_source_address}


def wrong_values(entry: EntryPoint, options: Mapping[str, Any], unusable: Collection[str] = ()) -> Iterator[str]:
    """What is wrong with values that have the right type: messages that name the variable and say what to do.

    unusable: variables that have a wrong type, and so aren't among the options.
    """
    for name, value in options.items():
        what = name.removeprefix(entry.prefix)
        if what in ("min_size", "max_size") and value < 1:
            yield f"{name}: {value} is less than 1; to stop paying, remove the deployment with the role decommission"
        elif (allowed := range_of(what, entry.options[name].get("type"))) is not None and not allowed.holds(value):
            yield f"{name}: {value} can't be used, expected {allowed}"
        elif what == "fact" and (not value.isidentifier() or keyword.iskeyword(value)):
            yield (
                f"{name}: '{display_text(value)}' can't be the name of a fact; use letters, digits and underscores, no "
                "digit first"
            )
        elif what == "smoke_test_address" and not _is_address(value):
            yield f"{name}: '{display_text(value)}' is no address, such as 192.0.2.1 or 2001:db8::1"
        elif what == "addresses":
            yield from (problem for ip in value if (problem := _refused(parse_network, ip, name)))
        elif what in _CHECKS and (problem := _refused(_CHECKS[what], value)):
            yield f"{name}: {problem.removeprefix(f'{what}: ')}"
        elif name == "scaleway_inference_created" and not _is_created(value):
            yield (
                f"{name}: it must be a list of dictionaries with id, name and region, as the playbooks deploy and "
                "fleet hand it on; names alone don't tell what a run created. Nothing was deleted"
            )
    nested = (*wrong_nested_values(entry, options), *wrong_deployments(entry, options, unusable))
    yield from dict.fromkeys(nested)


def _refused(check: Any, *args: Any) -> str | None:
    try:
        check(*args)
    except InferenceError as error:
        return str(error)
    return None


def _is_created(value: Any) -> bool:
    """Whether the value lists deployments by ID and region. Their names may be anything: they are only shown."""
    return isinstance(value, list) and all(
        isinstance(one, Mapping)
        and set(one) <= {"id", "name", "region"}
        # As the service writes it, since it is compared with its answers.
        and isinstance(one.get("id"), str)
        and is_uuid(one["id"])
        and one["id"] == one["id"].lower()
        and isinstance(one.get("region"), str)
        and bool(one["region"])
        for one in value
    )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
