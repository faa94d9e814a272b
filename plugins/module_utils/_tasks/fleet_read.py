# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what a plan for a fleet needs: the project's deployments by one list, and the rules of many at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import Executor
from dataclasses import replace

from .._client.api import InferenceApi
from .._client.errors import InferenceError, OptionError
from .._client.resources import Deployment
from .deployment_read import Reader
from .fleet_plan import WRONG, ObservedEntry
from .fleet_wanted import Entry, Problem, Problems
from .following import Sight
from .following_many import Listing
from .lookup import Catalog, deployment_sight, deployments_of
from .settling import read_settled
from .task import Run


def deployment_listing(api: InferenceApi, project_id: str, names: Collection[str]) -> Listing[Deployment]:
    """The project's deployments, all with one look. C(names): those that entries find their deployment by."""

    def everything() -> tuple[Deployment, ...]:
        listed = api.list_deployments(project_id=project_id, sure_of=names)
        return tuple(deployments_of(api, listed, project_id, names))

    return Listing(deployment_sight(api), everything)


class FleetReader:
    """What is there, as one list showed it. C(reader) is what plans are read with, now and later."""

    def __init__(self, run: Run, listing: Listing[Deployment], names: Collection[str]) -> None:
        """C(names): those that entries find their deployment by; all of them settle together, if need be."""
        self._api = api = run.api
        self.deployments = read_settled(run, listing.sight.kind, names, listing.all)
        by_id = {one.id: one for one in self.deployments}
        by_name: dict[str, list[Deployment]] = {}
        for one in self.deployments:
            if one.name is not None:
                by_name.setdefault(one.name, []).append(one)

        def named(name: str, _project_id: str) -> tuple[Deployment, ...]:
            return tuple(by_name.get(name, ()))

        sight = Sight(
            listing.sight.kind,
            named,
            lambda deployment_id: by_id.get(deployment_id) or api.find_deployment(deployment_id),
        )
        self.reader = Reader(run, sight, named, Catalog(run))

    def read(
        self, entries: Sequence[Entry], threads: Executor, problems: Problems
    ) -> tuple[tuple[ObservedEntry, ...], Problems]:
        """What a plan for each entry needs, and the problems, with why there is nothing for the others.

        Raises InferenceError where the service doesn't answer; what is wrong for sure is told in any case.
        """
        observed_entries: list[ObservedEntry] = []
        try:
            for entry in entries:
                read = self.reader.without_rules if entry.present else self.reader.for_absence
                try:
                    observed_entries.append(ObservedEntry(entry, read(entry.desired)))
                except WRONG as error:
                    problems += Problem.of(entry, error)
            return tuple(threads.map(self._with_rules, observed_entries)), problems
        except InferenceError as error:
            if not problems or isinstance(error, OptionError):
                raise
            raise problems.error_unread(error) from error

    def _with_rules(self, observed: ObservedEntry) -> ObservedEntry:
        if not observed.entry.present:
            return observed
        return replace(observed, state=self.reader.with_rules(observed.entry.desired, observed.state))
