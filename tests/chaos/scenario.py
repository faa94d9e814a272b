# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A scenario: all that one run of the suite does, chosen by its seed alone."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.scaleway.inference.plugins.module_utils._task import TaskSpec
from ansible_collections.scaleway.inference.plugins.module_utils._tasks import acl, deployment, endpoint, fleet, model
from ansible_collections.scaleway.inference.tests.chaos.states import (
    ADDRESSES,
    DESCRIPTIONS,
    FLEET,
    MODELS,
    NAMES,
    NETWORKS,
    NODE_TYPES,
    OWN_MODELS,
    TAGS,
)

TASKS: dict[str, TaskSpec] = {
    one.name: one for one in (deployment.TASK, endpoint.TASK, acl.TASK, fleet.TASK, model.TASK)
}
#: What is imported, and the credential of its source. No part of either may show.
SOURCE_URL, SOURCE_SECRET = "https://models.example/coder", "hf_c4a05c4a05c4a05c4a05"

Options = dict[str, Any]


@dataclass(frozen=True)
class Scenario:
    """One task, from a state to a state. ``settings``: of the emulator. ``spoilt``: the fraction of spoilt answers.

    ``options``: the task's, as a playbook has them. ``check_spoilt``: whether check mode gets spoilt answers too.
    """

    seed: int
    version: str
    task: str
    options: Options
    settings: Mapping[str, Any]
    spoilt: float
    check_spoilt: bool

    @property
    def spec(self) -> TaskSpec:
        return TASKS[self.task]

    def with_options(self, changes: Mapping[str, Any]) -> Scenario:
        """The same, with other options."""
        return replace(self, options={**self.options, **changes})

    def __str__(self) -> str:
        return f"seed {self.seed}: {self.task} in {self.version}, {self.options}"


def scenario_of(seed: int) -> Scenario:
    """The scenario of a seed."""
    rng = random.Random(f"scenario {seed}")
    task = rng.choices(list(TASKS), (40, 12, 16, 20, 12))[0]
    version = {"acl": "v1beta1", "model": "v1"}.get(task) or rng.choice(("v1beta1", "v1"))
    options = _OPTIONS[task](rng, version)
    options["api_retries"] = rng.choice((0, 1, 3, 3))
    if task != "acl":
        options["wait"] = rng.random() < 0.8
    if rng.random() < 0.1:
        options["wait_timeout"] = rng.choice((0, 20, 90))
    settings = {
        "creating": rng.choice((5, 60)),
        "deploying": rng.choice((5, 120)),
        "updating": rng.choice((0, 20, 60)),
        "deleting": rng.choice((0, 10, 40)),
        "downloading": rng.choice((0, 60)),
        "jitter": 0,
        "list_lag": rng.choice((0, 0, 0, 5, 28)),
        "unique_model_names": rng.random() < 0.5,
    }
    quiet = rng.random() < 0.15
    spoilt, check_spoilt = (0.0 if quiet else 0.2), (not quiet and rng.random() < 0.4)
    return Scenario(seed, version, task, options, settings, spoilt, check_spoilt)


def _deployment(rng: random.Random, version: str) -> Options:
    options = {"name": rng.choice(NAMES), **_present(rng, version)}
    if rng.random() < 0.15:
        return {"name": options["name"], "state": "absent"}
    return options


def _present(rng: random.Random, version: str) -> Options:
    """Options of a deployment that is to exist: some of them and some empty, or all, as a recreation wants them."""
    if rng.random() < 0.35:
        return _complete(rng, version)
    model_name = rng.choice(list(MODELS))
    options: Options = {"accept_eula": True}
    if rng.random() < 0.9:
        options |= {"model": model_name, "node_type": rng.choice(NODE_TYPES)}
    if rng.random() < 0.6:
        options["on_immutable_change"] = "recreate"
    if rng.random() < 0.5:
        least = rng.randint(1, 3)
        options |= {"min_size": least, "max_size": least if version == "v1" else least + rng.choice((0, 1))}
    if rng.random() < 0.5:
        options["tags"] = rng.sample(TAGS, rng.randint(0, 2))
    if rng.random() < 0.5:
        options |= {"endpoints": _endpoints(rng), "purge_endpoints": rng.random() < 0.5}
    if version == "v1" and rng.random() < 0.6:
        options["rules"] = []
    elif version != "v1" and rng.random() < 0.6:
        options |= {"rules": _rules(rng), "purge_rules": rng.random() < 0.5, "allow_all": rng.random() < 0.5}
    if version == "v1" and "model" in options and rng.random() < 0.4:
        options["quantization_bits"] = rng.choice(MODELS[model_name])
    if rng.random() < 0.05:
        options["on_disruptive_change"] = "fail"
    for name in ("model", "node_type", "tags", "endpoints", "rules", "min_size", "quantization_bits", "purge_rules"):
        if name not in options and rng.random() < 0.15:
            options[name] = rng.choice(("", None))
    return options


def _complete(rng: random.Random, version: str) -> Options:
    model_name, least = rng.choice(list(MODELS)), rng.randint(1, 3)
    return {
        "accept_eula": True,
        "model": model_name,
        "node_type": rng.choice(NODE_TYPES),
        "on_immutable_change": "recreate",
        "min_size": least,
        "max_size": least,
        "tags": rng.sample(TAGS, rng.randint(0, 2)),
        "endpoints": _endpoints(rng),
        "purge_endpoints": True,
        **({"rules": [], "quantization_bits": 8} if version == "v1" else {"rules": _rules(rng), "purge_rules": True}),
        **({} if version == "v1" else {"allow_all": True}),
    }


def _endpoints(rng: random.Random) -> list[Options]:
    found: list[Options] = []
    for network in rng.sample((None, *NETWORKS), rng.choice((1, 1, 2, 3))):
        one: Options = {"public": True} if network is None else {"private_network_id": network}
        if rng.random() < 0.6:
            one["disable_auth"] = rng.random() < 0.4
        found.append(one)
    return found


def _rules(rng: random.Random, least: int = 0) -> list[Options]:
    found: list[Options] = []
    for ip in rng.sample(ADDRESSES, rng.randint(least, 2)):
        described = {"description": rng.choice(DESCRIPTIONS)} if rng.random() < 0.5 else {}
        found.append({"ip": ip, **described})
    return found


def _endpoint(rng: random.Random, _version: str) -> Options:
    network = rng.choice((None, *NETWORKS))
    options: Options = {"deployment": rng.choice(NAMES)}
    options |= {"public": True} if network is None else {"private_network_id": network}
    if rng.random() < 0.3:
        options["state"] = "absent"
    elif rng.random() < 0.6:
        options["disable_auth"] = rng.random() < 0.4
    elif rng.random() < 0.3:
        options["disable_auth"] = ""
    return options


def _acl(rng: random.Random, _version: str) -> Options:
    options: Options = {"deployment": rng.choice(NAMES), "rules": _rules(rng, 1), "allow_all": rng.random() < 0.4}
    if rng.random() < 0.25:
        options["state"] = "absent"
    elif rng.random() < 0.5:
        options["purge_rules"] = True
    return options


def _fleet(rng: random.Random, version: str) -> Options:
    names = rng.sample(NAMES, rng.randint(1, 3))
    options: Options = {"name": FLEET, "parallel": rng.choice((1, 3)), "max_deletions": rng.choice((0, 3, 3, 3))}
    if rng.random() < 0.1:
        return {**options, "state": "absent"}
    options["deployments"] = [
        {"name": name, **({"state": "absent"} if rng.random() < 0.15 else _present(rng, version))} for name in names
    ]
    options |= {
        flag: rng.random() < chance for flag, chance in (("purge", 0.5), ("delete_first", 0.3), ("fail_fast", 0.2))
    }
    if rng.random() < 0.3:
        options["defaults"] = {"tags": rng.choice((["a"], "", None)), "accept_eula": True}
    return options


def _model(rng: random.Random, _version: str) -> Options:
    name = rng.choice(OWN_MODELS)
    if rng.random() < 0.25:
        return {"name": name, "state": "absent"}
    return {"name": name, "source_url": SOURCE_URL, "source_secret": SOURCE_SECRET}


_OPTIONS = {"deployment": _deployment, "endpoint": _endpoint, "acl": _acl, "fleet": _fleet, "model": _model}
