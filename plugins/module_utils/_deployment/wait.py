# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits until a deployment is ready, stable or gone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from .._client.inference.api import InferenceApi
from .._client.inference.resources import Deployment
from .._lookup.deployments import deployments_named
from .._reconcile.reads import Reader
from .._reconcile.resource import is_changed_since, is_older, shown_status
from .._reconcile.watcher import Watcher, watch
from .._task import Context
from .checks import Gone, check_status

# Seconds after which a status C(ready) counts whose time stamp doesn't prove it; the false one lasted two.
READY_FOR_SURE = 10.0


def deployment_reader(api: InferenceApi, project_id: str | None) -> Reader[Deployment]:
    """A reader of deployments without lists: by ID, and by name in the project."""
    find = partial(deployments_named, api, project_id=project_id or "")
    return Reader("deployment", api.find_deployment, find)


def deployment_watcher(context: Context, project_id: str | None, wait_timeout: float) -> Watcher[Deployment]:
    """A watcher for one deployment of the project. C(wait_timeout): seconds from now until waits time out."""
    deadline = context.clock.monotonic() + wait_timeout
    return watch(context, deployment_reader(context.api, project_id), deadline=deadline)


def gone_error(deployment: Deployment) -> Gone:
    """The error of a deployment that no longer exists."""
    return Gone(f"deployment {deployment.label} is gone: someone else deleted it; run again", deployment)


class _Readiness:
    """Tells whether a deployment is ready, as its status alone doesn't.

    Recorded of v1: the answer to an update says C(deploying), the reads of the next two seconds say C(ready), and only
    then does the service deploy the change. The time stamp of that false C(ready) is the one of the answer. So after
    another status, a C(ready) counts if its time stamp is later, or if it lasts.

    busy: the last state in another status; null if there was none.
    """

    def __init__(self, now: Callable[[], float], busy: Deployment | None) -> None:
        self._now = now
        self._busy = busy
        self._ready_since: float | None = None
        self._is_ready = False

    def is_ready(self, seen: Deployment | None) -> bool:
        """Whether the deployment is ready, or gone. Raises Gone or WaitError as C(check_status)."""
        if seen is None:
            return True
        check_status(seen)
        if seen.status != "ready":
            if self._busy is None or not is_older(seen, self._busy):
                self._busy = seen
            self._ready_since = None
            return False
        now = self._now()
        self._ready_since = now if self._ready_since is None else self._ready_since
        lasted = now - self._ready_since >= READY_FOR_SURE
        self._is_ready = self._busy is None or is_changed_since(seen, self._busy) or lasted
        return self._is_ready

    def status_of(self, seen: Deployment | None) -> str:
        """The status in messages."""
        status = shown_status(seen)
        return status if self._is_ready or status != "ready" else "ready (unconfirmed)"


def wait_until_ready(
    watcher: Watcher[Deployment], deployment: Deployment, *, changed: Deployment | None = None
) -> Deployment:
    """Wait until the deployment is ready, and return it. C(changed): the service's answer to its last change.

    Raises Gone if it is deleted, WaitError if its status is error or locked, or at the deadline.
    """
    busy = changed if changed is not None and changed.id == deployment.id and changed.status != "ready" else None
    readiness = _Readiness(watcher.now, busy)
    return _existing(deployment, watcher.wait_until(deployment, readiness.is_ready, readiness.status_of))


def wait_until_stable(watcher: Watcher[Deployment], deployment: Deployment) -> Deployment:
    """Wait until the deployment takes access rules; return it. Raises as C(wait_until_ready)."""

    def is_stable(seen: Deployment | None) -> bool:
        if seen is None:
            return True
        check_status(seen)
        return seen.is_stable

    return _existing(deployment, watcher.wait_until(deployment, is_stable))


def wait_until_gone(watcher: Watcher[Deployment], deployment: Deployment) -> None:
    """Wait until the deployment is gone. Raises WaitError as C(wait_until_ready)."""

    def is_gone(seen: Deployment | None) -> bool:
        if seen is None or seen.status == "deleted":
            return True
        if not seen.is_deleting:
            check_status(seen)
        return False

    watcher.wait_until(deployment, is_gone, _status_of_deleted)


def _status_of_deleted(seen: Deployment | None) -> str:
    """The status in messages, once the service took the deletion: a read may still show the one from before."""
    return shown_status(seen) if seen is None or seen.is_deleting else "deleting"


def _existing(deployment: Deployment, seen: Deployment | None) -> Deployment:
    if seen is None:
        raise gone_error(deployment)
    return seen
