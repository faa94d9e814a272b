# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All promises, each as a function of a played scenario that yields what breaks it. Here: those about later runs.

What a promise excepts is said in the function, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ansible_collections.scaleway.inference.tests.chaos.desired import (
    desired_states,
    differences,
)
from ansible_collections.scaleway.inference.tests.chaos.effects import (
    nothing_is_opened_further,
    one_deployment_per_name,
    only_what_is_named_is_deleted,
)
from ansible_collections.scaleway.inference.tests.chaos.play import PROJECT, Played
from ansible_collections.scaleway.inference.tests.chaos.reports import (
    a_failure_tells_all,
    changed_is_exact,
    check_mode_only_reads,
    check_mode_tells_the_steps,
    no_secret_shows,
    nothing_crashes,
    what_is_made_is_told,
)
from ansible_collections.scaleway.inference.tests.chaos.states import FLEET_TAG


def a_clean_run_gets_there(played: Played) -> Iterator[str]:
    """A run without faults reaches the desired state, maybe after the remedies that its errors print."""
    last = played.clean[-1]
    if last.crash:
        return
    if last.failed:
        yield f"no remedy (after {played.remedies}) for: {last.message}"
        return
    scenario = played.scenario
    if scenario.task == "model":
        there = any(one.name == scenario.options["name"] for one in last.after.models.values())
        if there != (scenario.options.get("state") != "absent"):
            yield f"the model is {'still' if there else 'not'} there"
        return
    changed = scenario.with_options(last.options)
    for desired in desired_states(changed, last.before, PROJECT):
        found = next(iter(last.after.named(desired.name, PROJECT)), None)
        old = next(iter(last.before.named(desired.name, PROJECT)), None)
        if scenario.task in ("endpoint", "acl") and scenario.options.get("state") == "absent" and found is None:
            continue
        listed = {one["name"] for one in changed.options.get("deployments", [])}
        if (
            found is not None
            and scenario.task == "fleet"
            and desired.name not in listed
            and FLEET_TAG not in found.tags
        ):
            # Another one of the name, which isn't the fleet's and so isn't purged.
            continue
        yield from (f"{desired.name}: {text}" for text in differences(desired, found, old, scenario.version))


def the_next_run_only_reads(played: Played) -> Iterator[str]:
    """The run after that sends only GET, and changes nothing."""
    if played.again is not None:
        yield from (str(one) for one in played.again.writes)
        if played.again.failed or played.again.result.get("changed"):
            yield f"it {'failed' if played.again.failed else 'changed something'}: {played.again.message}"


Invariant = Callable[[Played], Iterable[str]]
INVARIANTS: dict[str, Invariant] = {
    one.__name__: one
    for one in (
        one_deployment_per_name,
        what_is_made_is_told,
        only_what_is_named_is_deleted,
        nothing_is_opened_further,
        check_mode_only_reads,
        check_mode_tells_the_steps,
        changed_is_exact,
        a_failure_tells_all,
        nothing_crashes,
        no_secret_shows,
        a_clean_run_gets_there,
        the_next_run_only_reads,
    )
}


def broken(played: Played) -> dict[str, list[str]]:
    """The promises that a scenario breaks, and how; empty if it keeps them all."""
    found = {name: list(check(played)) for name, check in INVARIANTS.items()}
    return {name: texts for name, texts in found.items() if texts}
