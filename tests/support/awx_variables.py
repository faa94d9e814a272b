# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of extra variables that AWX 24 writes for a job: answers of surveys, prompts and its own variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml


class _Unsafe(yaml.SafeDumper):
    """Marks each text, keys included, as ``!unsafe``, so that Ansible resolves no template in it."""


_Unsafe.add_representer(str, lambda dumper, text: dumper.represent_scalar("!unsafe", text))


def written(variables: Mapping[str, Any], trusted: Mapping[str, Any] | None = None) -> str:
    """The text of the file. Values are what JSON holds.

    trusted: the job template's own extra variables. One that the launch didn't change is written as plain YAML.
    """
    own = trusted or {}
    return "".join(
        yaml.dump(
            {name: value},
            Dumper=yaml.SafeDumper if name in own and own[name] == value else _Unsafe,
            default_flow_style=False,
        )
        for name, value in variables.items()
    )
