# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be chosen about an emulator."""

from __future__ import annotations

from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field


class Clock(Protocol):
    """Where the time comes from: the ``time`` module, or a clock that a test moves by hand."""

    def time(self) -> float:
        """Epoch seconds."""


class Key(BaseModel):
    """What a secret key may do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: IDs of the projects that it may see and change; None means all.
    projects: frozenset[str] | None = None
    permissions: Literal["full", "read_only"] = "full"


Seconds = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class Tuning(BaseModel):
    """The settings that can also change while the emulator runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # How long a deployment takes, in seconds of the emulator's clock.
    creating: Seconds = 3
    deploying: Seconds = 3
    updating: Seconds = 2
    deleting: Seconds = 1
    # How long the import of a model takes.
    preparing: Seconds = 1
    downloading: Seconds = 2
    #: Each duration is longer or shorter by up to this fraction of itself.
    jitter: Fraction = 0.2

    #: Real seconds added to each answer.
    latency: Seconds = 0
    #: Quota of a project; None means no limit.
    max_deployments: Annotated[int, Field(ge=0)] | None = None

    #: All lists answer as of so many seconds ago, by the emulator's clock; what is read by its ID is as it is now.
    list_lag: Seconds = 0
    #: Whether the name of an imported model must be the only one in its project.
    unique_model_names: bool = True

    #: The query parameter that is honoured; the other is ignored.
    page_size_parameter: Literal["both", "page_size", "per_page"] = "both"
    #: Whether lists give ``total_count`` in the body.
    total_count: bool = True
    #: Whether lists give the header ``X-Total-Count``.
    total_count_header: bool = True
    #: Whether lists go on and on, with new IDs on each page and no total.
    endless_lists: bool = False


class Config(Tuning):
    """All settings of one emulator."""

    #: Where the URLs of endpoints lead: to this machine, where they answer, or nowhere, in the service's style.
    endpoints: Literal["local", "service"] = "local"
    #: SQLite file that keeps the state between runs.
    state: str = ":memory:"
    #: The key with all rights; None means the one in the state file, else a new UUID.
    secret_key: str | None = None
    #: The default project; None as above.
    project_id: str | None = None
    #: Further keys by their secret.
    keys: dict[str, Key] = {}
    #: The first is the default region.
    regions: Annotated[tuple[str, ...], Field(min_length=1)] = ("fr-par",)
    #: The same seed and the same requests give the same durations.
    seed: int = 0
