# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with what processes said and left. These are pure functions, so that a planted fault can test them.

Each yields a text for each fault, and nothing if all is well.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.scaleway.inference.tests.stress.states import EndState, State, lost_rules, wrong_state

RECAP_CHANGED = re.compile(r"^\S+ +: ok=.* changed=(\d+)", re.MULTILINE)

#: Exit statuses of ansible-playbook after Ctrl-C, and of a shell's after a signal.
INTERRUPTED = (99, 130, 143)


@dataclass(frozen=True)
class Ended:
    """How a run of ``ansible-playbook`` ended: exit status and whole output."""

    code: int
    output: str

    @property
    def changed(self) -> int:
        """How many tasks say that they changed something, by the recap; -1 without a recap."""
        found = RECAP_CHANGED.findall(self.output)
        return sum(map(int, found)) if found else -1


def judge_step(desired: EndState, state: State, said: Sequence[str | None]) -> Iterator[str]:
    """A step that several processes took at once. ``said``: the error of each, null for one that succeeded."""
    yield from wrong_state(desired, state)
    yield from (f"process {number} failed: {error}" for number, error in enumerate(said) if error is not None)


def judge_rules(
    desired: EndState, name: str, state: State, added: Mapping[int, Collection[str]], said: Sequence[str | None]
) -> Iterator[str]:
    """Processes that each added rules of their own to one deployment: none is lost, or its process failed.

    A process that failed must have lost a rule. ``added``: by process, the addresses of its rules.
    """
    lost = lost_rules(desired.deployments[name], state, name)
    told = {rule for number, rules in added.items() if said[number] is not None for rule in rules}
    for text in wrong_state(desired, state):
        if not any(text == f"{name}: the rule {rule} is missing" for rule in lost & told):
            yield text
    for number, error in enumerate(said):
        if error is not None and not lost & set(added[number]):
            yield f"process {number} failed, though none of its rules is lost: {error}"


def judge_killed(killed: Ended) -> Iterator[str]:
    """The run that was killed: it ended by the signal, or successfully before; it hasn't failed by itself."""
    if killed.code > 0 and killed.code not in INTERRUPTED:
        yield f"the killed run had failed by itself, with exit status {killed.code}: {brief(killed)}"


def judge_repeat(desired: EndState, repeat: Ended, state: State) -> Iterator[str]:
    """The run after one that was killed: it succeeds, and leaves the desired state."""
    if repeat.code != 0:
        yield f"the repeated run failed: {brief(repeat)}"
    yield from wrong_state(desired, state)


def judge_unchanged(ended: Ended, writes: Collection[str]) -> Iterator[str]:
    """A run that finds the desired state: it changes nothing and only reads. ``writes``: its other requests."""
    if ended.code != 0 or ended.changed != 0:
        yield f"the run after that has exit status {ended.code} and {ended.changed} changes: {brief(ended)}"
    yield from (f"the run after that sent {one}" for one in writes)


def several(desired: EndState, state: State) -> tuple[str, ...]:
    """The IDs of all that share a desired name; empty if each name is there once at most."""
    found = (state.ids(name) for name in desired.names)
    return tuple(one for ids in found if len(ids) > 1 for one in ids)


def judge_survivor(desired: EndState, ended: Ended, state: State) -> Iterator[str]:
    """A run whose rival was killed, and the state after all have ended: it succeeded, or names all of a name."""
    if ended.code != 0 and not _names_all(several(desired, state), ended):
        yield f"a rival of the killed run failed without naming two of a name: {brief(ended)}"


def judge_later(desired: EndState, before: State, ended: Ended, after: State) -> Iterator[str]:
    """A run that begins when the rivals have ended: one of each is left, or it fails, names all, and writes nothing."""
    ids = several(desired, before)
    if ids:
        if ended.code == 0:
            yield f"a later run succeeded, though there are several: {ids}"
        elif not _names_all(ids, ended):
            yield f"a later run doesn't name all of {ids}: {brief(ended)}"
        if before != after:
            yield f"a later run changed something, though there are several: {ids}"
    else:
        yield from judge_repeat(desired, ended, after)


def brief(ended: Ended) -> str:
    """The end of a run's output."""
    return ended.output.strip()[-1500:]


def _names_all(ids: Collection[str], ended: Ended) -> bool:
    return len(ids) > 1 and all(one in ended.output for one in ids)
