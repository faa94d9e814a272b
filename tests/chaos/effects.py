# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The promises about what runs do to the service: what is made, deleted, changed and opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ansible_collections.scaleway.inference.tests.chaos.desired import (
    Desired,
    desired_openness,
    desired_states,
    openness,
)
from ansible_collections.scaleway.inference.tests.chaos.network import Exchange
from ansible_collections.scaleway.inference.tests.chaos.play import PROJECT, Played, Run
from ansible_collections.scaleway.inference.tests.chaos.reports import names_what_is_made
from ansible_collections.scaleway.inference.tests.chaos.states import OWN_MODELS, SeenDeployment


def one_deployment_per_name(played: Played) -> Iterator[str]:
    """At most one deployment a name and project, and one model; a run makes one at most, at any moment.

    Excepted: what there was before; and of a rival's and its own, a run that fails before it can give way must name its
    own ID, as the next run then waits and names both.
    """
    for run in played.runs:
        made: set[str] = set()
        for exchange in run.writes:
            made |= exchange.made
            own = Counter(one.name for one in exchange.there if one.id in made)
            yield from (
                f"{run.phase}: it made {count} of {name}: {exchange}" for name, count in own.items() if count > 1
            )
        for name in {one.name for one in run.after.deployments.values()}:
            now = [one.id for one in run.after.named(name, PROJECT)]
            yield from _too_many(played, run, name, now, len(run.before.named(name, PROJECT)))
        for name in OWN_MODELS:
            now = [one.id for one in run.after.models.values() if one.name == name]
            before = sum(1 for one in run.before.models.values() if one.name == name)
            yield from _too_many(played, run, name, now, before)


def _too_many(played: Played, run: Run, name: str, now: list[str], before: int) -> Iterator[str]:
    if len(now) <= max(1, before):
        return
    own = [one for one in now if one not in played.network.foreign and one not in run.before.deployments]
    told = run.failed and len(own) == 1 and names_what_is_made(run, own[0], name)
    if not told:
        yield f"{run.phase}: there are {len(now)} of {name}: {now}"


def only_what_is_named_is_deleted(played: Played) -> Iterator[str]:
    """Nothing is deleted or changed that the task doesn't name, and of what it names nothing that it leaves out.

    Excepted: a deployment or model that the run made itself, where there is an older one of the name.
    """
    for run in played.runs:
        named = {desired.name: desired for desired in desired_states(played.scenario, run.before, PROJECT)}
        made: set[str] = set()
        for exchange in run.writes:
            made |= exchange.made
            yield from (f"{run.phase}: {text} by {exchange}" for text in _unasked(played, exchange, named, made))


def _unasked(played: Played, exchange: Exchange, named: dict[str, Desired], made: set[str]) -> Iterator[str]:
    before, after = exchange.before, exchange.after
    if before is None or after is None:
        return
    for old in before.deployments.values():
        new = after.deployments.get(old.id)
        desired = named.get(old.name) if old.project_id == PROJECT else None
        if old.active and (new is None or not new.active) and old.id not in exchange.foreign:
            rival = old.id in made and len(before.named(old.name, PROJECT)) > 1
            if not rival and (desired is None or (desired.present and not desired.may_recreate)):
                yield f"{old.name} ({old.id}) was deleted"
        elif new is not None and new.content() != old.content():
            yield from (f"of {old.name} ({old.id}), {text}" for text in _changes_unasked(old, new, desired))
    for model in set(before.models.values()) - set(after.models.values()):
        options = played.scenario.options
        asked = played.scenario.task == "model" and options.get("state") == "absent" and options["name"] == model.name
        if model.id not in after.models and model.id not in exchange.foreign and not asked and model.id not in made:
            yield f"the model {model.name} was removed"


def _changes_unasked(old: SeenDeployment, new: SeenDeployment, desired: Desired | None) -> Iterator[str]:
    if desired is None:
        yield "something was changed"
        return
    options = desired.options
    asked = {one.get("private_network_id") for one in options.get("endpoints", [])}
    purged = bool(options.get("purge_endpoints")) and "endpoints" in options
    for network in set(old.endpoints) - set(new.endpoints):
        if network in asked or not purged:
            yield f"the endpoint {network} was removed"
    stays = {"tags": "tags", "min_size": "min_size", "max_size": "max_size", "node_type": "node_type"}
    for option, field in stays.items():
        if (
            option not in options
            and not (option == "tags" and desired.tag)
            and getattr(old, field) != getattr(new, field)
        ):
            yield f"{field} was changed"
    if "rules" not in options and old.rules != new.rules:
        yield "the rules were changed"


def nothing_is_opened_further(played: Played) -> Iterator[str]:
    """After each write, no endpoint is more open than it was before the run and than the task says.

    Excepted: a new deployment lets in whoever has a key until it has its rules, as the service takes none before (after
    a successful run it has them); and runs in which the service says that it made a change and didn't ("forgotten"), as
    nobody can know.
    """
    version = played.scenario.version
    for run in (played.run, *played.clean):
        if any("forgotten" in one.fault for one in run.exchanges):
            continue
        for desired in desired_states(played.scenario, run.before, PROJECT):
            old = next(iter(run.before.named(desired.name, PROJECT)), None)
            allowed = openness(old) | desired_openness(desired, old, version)
            for exchange in run.writes:
                for one in exchange.after.named(desired.name, PROJECT) if exchange.after else ():
                    ended = exchange is run.writes[-1] and not run.failed
                    new = one.id not in run.before.deployments and not ended
                    for text in openness(one).beyond(allowed, new=new):
                        yield f"{run.phase}: {desired.name} lets in {text} after {exchange}"
