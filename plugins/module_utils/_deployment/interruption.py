# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans that make a deployment unavailable for a while: what the option C(on_disruptive_change) decides about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from .._client.errors import OptionError
from .._client.inference.resources import Deployment
from .steps import DesiredDeployment, Plan

# How many deployments the warning shows; the diff has them all.
MAX_SHOWN = 10
_REMEDY = "The role scaleway.inference.rollout replaces a deployment without a gap"


def describe_interruption(changes: Sequence[str], duration: str) -> str:
    """What makes the deployment unavailable, in words; empty without changes.

    duration: for how long, in words; for a change in place it is the one that Scaleway's pages give.
    """
    verb = "interrupts" if len(changes) == 1 else "interrupt"
    return f"{', '.join(changes)} {verb} the service {duration}" if changes else ""


def check_interruption(found: Deployment, interruption: str, desired: DesiredDeployment) -> None:
    """Raise OptionError if the service would be interrupted, and the task forbids that."""
    if interruption and desired.on_disruptive_change == "fail":
        raise OptionError(
            f"on_disruptive_change: fail refuses to change {found.what}: {interruption}. {_REMEDY}; to change it "
            "nonetheless, set on_disruptive_change to allow or warn"
        )


def interrupting(plan: Plan, interruption: str) -> Plan:
    """The plan, marked as one that interrupts the service, if it does."""
    if not interruption:
        return plan
    return replace(plan, interruption=interruption, diff=replace(plan.diff, note="interrupts the service"))


def interruption_warnings(planned: Iterable[tuple[Plan, DesiredDeployment]]) -> list[str]:
    """The warning about all plans that interrupt the service, where the task neither allows nor forbids that."""
    texts = [
        f"{plan.diff.header}: {plan.interruption}"
        for plan, desired in planned
        if plan.interruption and desired.on_disruptive_change != "allow"
    ]
    if len(texts) > MAX_SHOWN:
        texts[MAX_SHOWN:] = [f"and {len(texts) - MAX_SHOWN} more"]
    choice = "Set on_disruptive_change to fail to refuse such a change, or to allow to make it without this warning"
    return [f"{'; '.join(texts)}. {_REMEDY}. {choice}."] if texts else []
