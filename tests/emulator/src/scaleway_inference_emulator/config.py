# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of an emulator."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, model_validator

from scaleway_inference_emulator.seed import Seed


class Clock(Protocol):
    """The source of time: the ``time`` module, or a clock that a test moves by hand."""

    def time(self) -> float:
        """Epoch seconds."""


class Key(BaseModel):
    """What a secret key may do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: IDs of the projects that the key may see and change; None means all.
    projects: frozenset[str] | None = None
    permissions: Literal["full", "read_only"] = "full"
    #: Whether the key may read the addresses in private networks (IPAM).
    ipam: bool = True


Seconds = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class RuntimeSettings(BaseModel):
    """The settings that can change while the emulator runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # How long each status of a deployment lasts, in seconds of the emulator's clock.
    creating: Seconds = 3
    deploying: Seconds = 3
    updating: Seconds = 2
    #: How long v1 says ``ready`` after an update before it deploys the change. The live service did for two seconds.
    false_ready: Seconds = 2
    deleting: Seconds = 1
    # How long each status of a model's import lasts, in the same unit. Recorded imports were ready at once.
    preparing: Seconds = 0
    downloading: Seconds = 0
    #: Each duration is longer or shorter at random, by up to this fraction.
    jitter: Fraction = 0.2

    #: Real seconds added to each answer.
    latency: Seconds = 0
    #: Quota of a project; None means no limit.
    max_deployments: Annotated[int, Field(ge=0)] | None = None

    #: How an endpoint refuses a model that it doesn't serve, and a key that isn't known.
    unknown_model_status: Literal[404, 422] = 404
    unknown_key_status: Literal[401, 403] = 401
    #: The form of the errors of a model server: OpenAI's, or vLLM's own.
    error_shape: Literal["openai", "vllm"] = "openai"
    #: How many tokens each chat spends on reasoning first; if ``max_tokens`` ends there, its content is null.
    reasoning_tokens: Annotated[int, Field(ge=0)] = 0

    #: Lists show the state of so many seconds ago, by the emulator's clock; a read by ID shows the present state.
    list_lag: Seconds = 0
    #: Whether the name of an imported model must be the only one in its project.
    unique_model_names: bool = True
    #: IDs of the projects that exist beside the default one and those of the keys.
    projects: frozenset[str] = frozenset()
    #: Whether every ID is that of a project.
    any_project: bool = False

    #: The query parameter that sets the page size; the other one is ignored.
    page_size_parameter: Literal["both", "page_size", "per_page"] = "both"
    #: Whether lists give ``total_count`` in the body.
    total_count: bool = True
    #: Whether lists give the header ``X-Total-Count``, which the API reference has and no recorded answer had.
    total_count_header: bool = False
    #: Whether lists never end: each page has items with new IDs, and no total is given.
    endless_lists: bool = False


class Config(RuntimeSettings):
    """All settings of one emulator."""

    #: ``local``: endpoint URLs lead to this machine, and answer.
    #: ``service``: they look like the service's, and lead nowhere.
    endpoints: Literal["local", "service"] = "local"
    #: SQLite file that keeps the state between runs.
    state: str = ":memory:"
    #: The secret key with all rights. None: the one in the state file, or else a new UUID.
    secret_key: str | None = None
    #: ID of the default project. None: the one in the state file, or else a new UUID.
    project_id: str | None = None
    #: ID of the organization, to which all projects belong. None: that of the default project, as in the recordings.
    organization_id: str | None = None
    #: Further keys, by their secret. An entry for :attr:`secret_key` limits that key.
    keys: dict[str, Key] = {}
    #: The first one is the default region.
    regions: Annotated[tuple[str, ...], Field(min_length=1)] = ("fr-par",)
    #: The same seed and the same requests give the same durations.
    seed: int = 0
    #: What a new state has beside the catalog, and what a reset leads back to.
    initial: Seed = Seed()
    #: By a secret key, the ranges that it may be used from, as conditions of IAM policies limit it. A key that isn't
    #: known otherwise has all rights.
    key_conditions: dict[str, tuple[IPvAnyNetwork, ...]] = {}

    @model_validator(mode="before")
    @classmethod
    def _know_keys_with_conditions(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("key_conditions"):
            keys = {**dict.fromkeys(values["key_conditions"], Key()), **(values.get("keys") or {})}
            return {**values, "keys": keys}
        return values
