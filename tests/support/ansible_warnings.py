# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible and Python hold against a run of ours: every run that the tests make is held to there being nothing."""

from __future__ import annotations

import re

COMPLAINT = re.compile(r"^(?:\[(?:DEPRECATION )?WARNING\]: |\S+:\d+: \w*DeprecationWarning: ).*", re.MULTILINE)
# How the warnings of the collection itself begin, which are for its users: one of another kind belongs here too.
OURS = (
    r"[a-z_]+(\[\d+\])?: ",  # an option, or a role's variable
    r"([Nn]o |\d+ )?([Dd]eployment|model)s? ",
    r"An option that is to name a ",
    r"(In [a-z-]+: )?GET /",  # what the service's answer lacks
    r"Access rules guard ",
    r"Anyone on the internet can use ",
    r"Certificates aren't verified: ",
    r"The inventory lacks ",
    r"The role \w+ has no variable ",
)
# What Ansible warns of in tests that mean to do just that.
MEANT = (
    r"error in 'jsonfile' cache plugin while trying to read ",  # a cache with a broken entry
    r"Could not match supplied host pattern, ignoring: wlak_app",  # a consumer that is misspelt
)
EXPECTED = re.compile(rf"\[WARNING\]: ({'|'.join((*OURS, *MEANT))})")


def without_warnings(output: str) -> str:
    """The output. Raises AssertionError if Ansible or Python complains in it."""
    complaints = [found[0] for found in COMPLAINT.finditer(output) if not EXPECTED.match(found[0])]
    assert not complaints, f"{complaints} in\n{output}"
    return output
