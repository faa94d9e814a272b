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
from .._reconcile.watcher import Watcher, watch
from .._task import Context
from .checks import Gone, check_status


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


def wait_until_ready(watcher: Watcher[Deployment], deployment: Deployment) -> Deployment:
    """Wait until the deployment is ready; return it.

    Raises Gone if it is deleted, WaitError if its status is error or locked, or at the deadline.
    """

    def is_ready(seen: Deployment) -> bool:
        check_status(seen)
        return seen.status == "ready"

    return _wait(watcher, deployment, is_ready)


def wait_until_stable(watcher: Watcher[Deployment], deployment: Deployment) -> Deployment:
    """Wait until the deployment takes access rules; return it. Raises as C(wait_until_ready)."""

    def is_stable(seen: Deployment) -> bool:
        check_status(seen)
        return seen.is_stable

    return _wait(watcher, deployment, is_stable)


def wait_until_gone(watcher: Watcher[Deployment], deployment: Deployment) -> None:
    """Wait until the deployment is gone. Raises WaitError as C(wait_until_ready)."""

    def is_gone(seen: Deployment | None) -> bool:
        if seen is None or seen.status == "deleted":
            return True
        if not seen.is_deleting:
            check_status(seen)
        return False

    watcher.wait_until(deployment, is_gone)


def _wait(watcher: Watcher[Deployment], deployment: Deployment, done: Callable[[Deployment], bool]) -> Deployment:
    seen = watcher.wait_until(deployment, lambda one: one is None or done(one))
    if seen is None:
        raise gone_error(deployment)
    return seen
