# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of each member of a fleet, predicted in check mode or applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._client.errors import InferenceError
from .._client.inference.resources import to_plain
from .._deployment.applied import Applied
from .._deployment.result import predicted_deployment, predicted_rules
from .._deployment.verification import Verification, VerificationError
from .._task import Context, Interrupted
from .plan import Member


@dataclass(frozen=True)
class MemberResult:
    """What happened, or in check mode would happen, to one member.

    steps: those that were done, in words.
    deployment, rules: as tasks return them; null where there is none, or it isn't known.
    error: why the member failed; null if it didn't.
    skipped: whether nothing was begun, as another member failed and C(fail_fast) is set.
    verification: what was shown of its access; null if nothing was asked.
    """

    member: Member
    steps: Sequence[str]
    deployment: Mapping[str, Any] | None
    rules: Sequence[Mapping[str, Any]] | None
    error: InferenceError | None
    skipped: bool = False
    verification: Verification | None = None

    @property
    def outcome(self) -> str:
        """One of created, updated, deleted, unchanged, skipped and failed."""
        if self.error is not None:
            return "failed"
        if self.skipped:
            return "skipped"
        if not self.steps:
            return "unchanged"
        if not self.member.present:
            return "deleted"
        return "created" if self.member.state.found is None else "updated"

    def as_result(self) -> dict[str, Any]:
        """The member as the task C(fleet) returns it."""
        return {
            "name": self.member.name,
            "outcome": self.outcome,
            "steps": list(self.steps),
            "error": None if self.error is None else {"msg": str(self.error), **self.error.details()},
            "deployment": self.deployment,
            "rules": self.rules,
            "verification": None if self.verification is None else self.verification.as_result(),
        }


def predict_result(context: Context, member: Member) -> MemberResult:
    """The result that check mode predicts for a member."""
    state, plan = member.state, member.plan
    if member.blocking_error is None:
        deployment = predicted_deployment(context, state, plan)
    else:
        deployment = None if state.found is None else to_plain(state.found)
    return MemberResult(member, member.steps, deployment, predicted_rules(state, plan), member.blocking_error)


def applied_result(
    context: Context, member: Member, applied: Applied, end: InferenceError | Verification | None, *, skipped: bool
) -> MemberResult:
    """The result of a member after a run.

    applied: the record of what was done to it. end: how it ended: an error, what the verification of its access showed,
    or null.
    """
    error, verification = (end, None) if isinstance(end, InferenceError) else (None, end)
    if isinstance(error, VerificationError):
        verification = error.verification
    if error is not None and applied.unknown:
        error = Interrupted(error, done=(), unknown=applied.unknown)
    if applied.deployment is not None and error is not None:
        applied.deployment = context.api.observed.current(applied.deployment)
    return MemberResult(
        member, applied.done, error=error, skipped=skipped, verification=verification, **applied.as_results()
    )


def created_deployments(context: Context, results: Iterable[MemberResult]) -> list[dict[str, Any]]:
    """The deployments that the run created and that still exist, as the task C(fleet) returns them.

    Failed members count too; recreated ones don't, as they were there before. In check mode, those that the run would
    create, with null for the ID.
    """
    created = []
    for one in results:
        if one.deployment is None or one.member.state.found is not None:
            continue
        deployment_id = one.deployment["id"]
        predicted = context.check_mode and one.outcome == "created"
        if predicted or context.api.observed.has_created(deployment_id):
            region = context.api.settings.region
            created.append({"id": deployment_id, "name": one.member.name, "region": region})
    return created
