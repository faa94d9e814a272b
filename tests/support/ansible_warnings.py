# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find warnings of Ansible and Python in the output of a run. Every run that the tests make is checked."""

from __future__ import annotations

import re

WARNING = re.compile(r"^(?:\[(?:DEPRECATION )?WARNING\]: |\S+:\d+: \w*DeprecationWarning: ).*", re.MULTILINE)
# How the collection's own warnings to its users begin. Add new ones here.
COLLECTION_WARNINGS = (
    r"[a-z_]+(\[\d+\])?: ",  # an option, or a role's variable
    r"([Nn]o |\d+ )?([Dd]eployment|model)s? ",
    r"An option that is to name a ",
    r"(In [a-z-]+: )?(GET|POST|PATCH|DELETE) /",  # what the service's answer lacks
    r"Access rules only guard ",
    r"Anyone on the internet can use ",
    r"Certificates aren't verified: ",
    r"The inventory lacks ",
    r"The role \w+ has no variable ",
    r"\S+ gave no text ",  # a model that was cut short
)
# Warnings of Ansible that tests cause on purpose.
PROVOKED_WARNINGS = (
    r"error in 'jsonfile' cache plugin while trying to read ",  # a cache with a broken entry
    r"Could not match supplied host pattern, ignoring: wlak_app",  # a consumer that is misspelt
)
EXPECTED = re.compile(rf"\[WARNING\]: ({'|'.join((*COLLECTION_WARNINGS, *PROVOKED_WARNINGS))})")


def without_warnings(output: str) -> str:
    """Returns the output. Raises AssertionError if it has an unexpected warning of Ansible or Python."""
    unexpected = [found[0] for found in WARNING.finditer(output) if not EXPECTED.match(found[0])]
    assert not unexpected, f"{unexpected} in\n{output}"
    return output
