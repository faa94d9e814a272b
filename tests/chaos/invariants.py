# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The promises, each as a function of a played scenario that yields what breaks it.

What a promise excepts is said in the function, with the reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ansible_collections.scaleway.inference.tests.chaos.desired import (
    Desired,
    desired_openness,
    desired_states,
    differences,
    openness,
)
from ansible_collections.scaleway.inference.tests.chaos.network import Exchange
from ansible_collections.scaleway.inference.tests.chaos.play import PROJECT, SECRET_KEY, Played, Run
from ansible_collections.scaleway.inference.tests.chaos.scenario import SOURCE_SECRET
from ansible_collections.scaleway.inference.tests.chaos.states import FLEET_TAG, OWN_MODELS, SeenDeployment
from ansible_collections.scaleway.inference.tests.support.secrets import Secrets

_SECRETS = Secrets(key=SECRET_KEY, source_secret=SOURCE_SECRET)
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


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
    told = run.failed and len(own) == 1 and _names(run, own[0], name)
    if not told:
        yield f"{run.phase}: there are {len(now)} of {name}: {now}"


def what_is_made_is_told(played: Played) -> Iterator[str]:
    """Nothing is made that isn't in a result or an error: by its ID, or by its name if its creation got no answer."""
    for run in played.runs:
        for exchange in run.writes:
            for made in exchange.made:
                there = run.after.deployments.get(made) or run.after.models.get(made)
                if (
                    there is not None
                    and made not in run.returned
                    and not (run.failed and _names(run, made, there.name))
                ):
                    yield f"{run.phase}: {there.name} ({made}) was made by {exchange} and isn't told"


def _names(run: Run, resource_id: str, name: str) -> bool:
    """Whether an error names what may have been made."""
    return (
        resource_id in run.returned
        or (name in run.message and "POST" in run.message)
        or (name in run.returned and "whether" in run.returned)
    )


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


def check_mode_only_reads(played: Played) -> Iterator[str]:
    """Check mode sends nothing but GET."""
    yield from (str(one) for one in played.check.writes)


def check_mode_tells_the_steps(played: Played) -> Iterator[str]:
    """Where no answer was spoilt, the steps, ``changed`` and the diff of check mode are those of the run, IDs aside.

    Excepted: what comes of waiting, which check mode doesn't do: several of a name (if check mode fails, its warning
    must say that they may not stay), a creation that fails, and a deletion that lists don't show yet. And a deployment
    that an earlier task may make, which check mode predicts with a warning.
    """
    check, run = played.check, played.run
    if any("predicted as if" in one for one in check.result.get("warnings", [])):
        return
    if not check.faultless or not run.faultless or check.crash or run.crash:
        return
    if any(map(_is_late_deletion, run.writes)):
        return
    if check.failed != run.failed:
        settling = check.failed and any(
            "are named" in one and "settling" in one for one in check.result.get("warnings", [])
        )
        if not settling and not re.search(
            r"are named|status error|is gone|is being deleted|is locked|wait_timeout|after \d|timed out", run.message
        ):
            yield f"check mode {'failed' if check.failed else 'succeeded'}: {check.message or run.message}"
    elif not run.failed:
        for what in ("changed", "diff", "steps"):
            expected, actual = _without_ids(_told(check, what)), _without_ids(_told(run, what))
            if expected != actual:
                yield f"{what}: check mode said {expected}, the run {actual}"


def _is_late_deletion(exchange: Exchange) -> bool:
    """Whether it deletes what is being deleted, or gone, already: lists don't show that yet."""
    there = {one.id for one in exchange.before.deployments.values() if one.active} if exchange.before else set()
    return (
        (exchange.method, exchange.status) in (("DELETE", 404), ("DELETE", 409))
        and exchange.path.startswith("/deployments/")
        and exchange.path.rpartition("/")[2] not in there
    )


def _told(run: Run, what: str) -> Any:
    if what == "steps" and "members" in run.result:
        return {one["name"]: one["steps"] for one in run.result["members"]}
    return run.result.get(what)


def _without_ids(value: Any) -> Any:
    if isinstance(value, str):
        return re.sub(r" ?\(?ID\)?", "", _ID.sub("ID", value))
    if isinstance(value, dict):
        return {key: _without_ids(item) for key, item in value.items()}
    return [_without_ids(one) for one in value] if isinstance(value, list) else value


def changed_is_exact(played: Played) -> Iterator[str]:
    """A successful run says ``changed`` if it changed something, and only then."""
    for run in played.runs:
        if run.failed or run.crash or run.phase == "check":
            continue
        effects = [one for one in run.writes if one.had_effect]
        if bool(run.result["changed"]) != bool(effects):
            yield f"{run.phase}: changed is {run.result['changed']}, but these had an effect: {list(map(str, effects))}"


def a_failure_tells_all(played: Played) -> Iterator[str]:
    """A failed run tells each change that it made, as a step that was done, or as one that may be done.

    A write whose outcome stays unknown may be named by its route instead. One that got its answer, or whose outcome a
    good answer to the same request told, is known: it is a step, and ``changed`` is true. Rules are told by their
    addresses. Creations are another promise (`what_is_made_is_told`).
    """
    for run in played.runs:
        if not run.failed:
            continue
        if not run.message.strip():
            yield f"{run.phase}: no message"
        effects = [one for one in run.writes if one.had_effect]
        known = [one for one in effects if not one.fault]
        if known and not run.result["changed"]:
            yield f"{run.phase}: changed is false in spite of {list(map(str, known))}: {run.message}"
        told = _told_steps(run)
        for exchange in effects:
            named = not exchange.was_answered and _is_named(run, exchange)
            missing = [one for one in _words(exchange) if one not in told]
            # The service may not tell the address of a rule.
            if missing and not named and "(without an address)" not in told:
                yield f"{run.phase}: {exchange} isn't told ({', '.join(missing)}): {run.message}"


def _is_named(run: Run, exchange: Exchange) -> bool:
    return exchange.path in run.returned or "whether" in run.returned


def _told_steps(run: Run) -> str:
    """The steps that a failed run tells, be they done or maybe done, as text."""
    members = run.result.get("members", [])
    texts = [run.message, *((one["error"] or {}).get("msg", "") for one in members)]
    steps = [*(run.result.get("steps") or ()), *(step for one in members for step in one["steps"])]
    parts = (text.partition(mark)[2] for text in texts for mark in ("done before this: ", "so it may be done: "))
    restored = (text for text in texts if "restored" in text)
    return "; ".join([*steps, *parts, *restored])


#: How steps begin, or what is in them.
_STEPS = {
    ("PATCH", "deployments"): "update ",
    ("DELETE", "deployments"): "delete deployment",
    ("POST", "endpoints"): "add ",
    ("PATCH", "endpoints"): "disable_auth",
    ("DELETE", "endpoints"): "remove ",
    ("DELETE", "models"): "model",
}


def _words(exchange: Exchange) -> list[str]:
    """What a step that tells of the write must have in it."""
    parts = exchange.path.strip("/").split("/")
    before, after = exchange.before, exchange.after
    if "acls" not in parts or before is None or after is None:
        kind = next(part for part in reversed(parts) if part in ("deployments", "endpoints", "models"))
        return [] if exchange.made else [_STEPS[exchange.method, kind]]
    changed: set[tuple[str, str]] = set()
    for old in before.deployments.values():
        new = after.deployments.get(old.id)
        changed |= set(old.rules) ^ set(old.rules if new is None else new.rules)
    # A single address is told without the length of its prefix.
    return sorted({ip.removesuffix("/32") for ip, _description in changed})


def nothing_crashes(played: Played) -> Iterator[str]:
    """No traceback, neither raised nor in a text."""
    for run in played.runs:
        if run.crash or "Traceback" in run.text:
            yield f"{run.phase}: {run.crash or run.text}"


def no_secret_shows(played: Played) -> Iterator[str]:
    """Neither the key nor the credential of a model's source is in a result or a line of progress, not even a piece."""
    for run in played.runs:
        yield from (f"{run.phase}: {leak}" for leak in _SECRETS.leaks(run.text))


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
