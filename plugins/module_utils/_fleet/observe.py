# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the state that a plan for a fleet needs: all deployments by one list, and the rules of many in parallel."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

from .._client.errors import InferenceError, OptionError
from .._client.inference.resources import Deployment
from .._deployment.observe import Observer
from .._deployment.wait import deployment_reader
from .._lookup.catalog import Catalog
from .._lookup.deployments import deployments_in_project
from .._reconcile.duplicates import read_settled
from .._reconcile.reads import Reader
from .._reconcile.watcher import watch
from .._task import Context
from .desired import Entry, Problem, Problems
from .plan import ENTRY_ERRORS, ObservedEntry


def project_reader(context: Context, project_id: str, names: Collection[str]) -> Reader[Deployment]:
    """A reader that lists the project's deployments. C(names): those by which entries find their deployment."""

    def list_all() -> tuple[Deployment, ...]:
        listed = context.api.list_deployments(project_id=project_id, required_names=names)
        return tuple(deployments_in_project(context.api, listed, project_id, names))

    return replace(deployment_reader(context.api, project_id), list=list_all)


class FleetObserver:
    """The deployments of the project, as one list showed them.

    observer: reads the state for a plan from that list, and by ID what the list doesn't have.
    """

    def __init__(self, context: Context, reader: Reader[Deployment], names: Collection[str]) -> None:
        """Read the list; wait until each of C(names) has one deployment, if other runs are settling that."""
        self._context = context
        self._deployments = reader
        self.deployments = deployments = read_settled(context, reader.kind, names, reader.list or tuple)
        by_id = {one.id: one for one in deployments}
        by_name: dict[str, list[Deployment]] = {}
        for one in deployments:
            if one.name is not None:
                by_name.setdefault(one.name, []).append(one)

        def get(deployment_id: str) -> Deployment | None:
            return by_id.get(deployment_id) or context.api.find_deployment(deployment_id)

        def named(name: str, _project_id: str) -> tuple[Deployment, ...]:
            return tuple(by_name.get(name, ()))

        self.observer = Observer(context, get, named, named, Catalog(context))

    def read(
        self, entries: Sequence[Entry], parallel: int, problems: Problems
    ) -> tuple[tuple[ObservedEntry, ...], Problems]:
        """The state for the plan of each entry, and C(problems) with those of the entries that have none.

        parallel: how many requests may run at once. Raises InferenceError where the service fails; the error names the
        problems that were found before.
        """
        observed_entries: list[ObservedEntry] = []
        try:
            for entry in entries:
                read = self.observer.without_rules if entry.present else self.observer.for_absence
                try:
                    observed_entries.append(ObservedEntry(entry, read(entry.desired)))
                except ENTRY_ERRORS as error:
                    problems += Problem.of(entry, error)
            return self._with_rules(observed_entries, parallel), problems
        except InferenceError as error:
            if not problems or isinstance(error, OptionError):
                raise
            raise problems.error_unread(error) from error

    def _with_rules(self, observed_entries: Sequence[ObservedEntry], parallel: int) -> tuple[ObservedEntry, ...]:
        """The same entries, with the access rules of those that need them; one request each."""

        def read(observed: ObservedEntry, _watcher: object) -> ObservedEntry:
            return replace(observed, state=self.observer.with_rules(observed.entry.desired, observed.state))

        jobs = {
            str(number): partial(read, observed)
            for number, observed in enumerate(observed_entries)
            if observed.entry.present and self.observer.needs_rules(observed.entry.desired, observed.state)
        }
        watcher = watch(self._context, self._deployments, deadline=math.inf, parallel=parallel)
        completed: dict[str, ObservedEntry] = {}
        for key, ended in watcher.run(jobs, fail_fast=True).items():
            if isinstance(ended, InferenceError):
                raise ended
            completed[key] = ended
        return tuple(completed.get(str(number), observed) for number, observed in enumerate(observed_entries))
