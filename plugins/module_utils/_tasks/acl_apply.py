# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing access rules: one request, and a look at what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from .._client.api import InferenceApi
from .._client.errors import InferenceError, OptionError, WaitError
from .._client.resources import STABLE_STATUSES, AclRule, Deployment
from .._client.service_errors import TransientState
from .acl_plan import AddRules, WantedRules, plan_rules
from .course import Course, until
from .deployment_checks import check_status

# What a lost answer or a busy deployment may cost: each turn reads, plans, and writes once at most.
TURNS = 5


def apply_rules(
    api: InferenceApi,
    deployment: Deployment,
    wanted: WantedRules,
    done: list[str],
    known: Sequence[AclRule] | None = None,
) -> Course[Deployment, tuple[AclRule, ...]]:
    """Wait until the service takes rules, write, read back, compare; return the rules that there are then.

    done: gets what was written, in words. known: the rules as they are, if they were read before.
    A lost answer is read back too before anything is written again. Raises OptionError where the rules don't stay as
    written.
    """
    yield from until(deployment, _is_stable)
    lost: InferenceError | None = None
    written = ""
    for _turn in range(TURNS + 1):
        rules = tuple(api.list_acl_rules(deployment.id) if known is None else known)
        known = None
        step = plan_rules(rules, wanted, deployment.name).step
        if step is None:
            if lost is not None and written:
                done.append(written)
            return rules
        if written and lost is None:
            raise OptionError(f"the service took the rules but didn't keep them; still to do: {step}. Run again")
        try:
            if isinstance(step, AddRules):
                api.add_acl_rules(deployment.id, step.rules)
            else:
                api.set_acl_rules(deployment.id, step.rules)
        except TransientState:
            yield from until(api.get_deployment(deployment.id), _is_stable)
        except InferenceError as error:
            if not error.effect_unknown:
                raise
            lost, written = error, str(step)
        else:
            lost, written = None, str(step)
            done.append(written)
    raise lost or OptionError(f"deployment '{deployment.name}' stays busy; run again later to set its access rules")


def _is_stable(seen: Deployment | None) -> bool:
    if seen is None:
        raise WaitError("the deployment is gone: someone else deleted it; run again")
    check_status(seen)
    return seen.status in STABLE_STATUSES
