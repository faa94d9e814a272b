# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The models and node types of a region, by name or ID."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from threading import Lock

from .._client.errors import OptionError
from .._client.ids import is_uuid
from .._client.inference.resources import Feature, Model, NodeType
from .._client.ranges import display_text
from .._reconcile.duplicates import only_one, read_settled
from .._task import Context
from .deployments import not_found_text
from .prediction import predict_model


class Catalog:
    """The models and node types of the region, each list read when it is first needed. Threads may share one."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._api = context.api
        self._lock = Lock()
        self._models: tuple[Model, ...] | None = None
        self._settled: set[str] = set()
        self._node_types: dict[str, NodeType] | None = None

    def model(self, name_or_id: str) -> Model:
        """The model with this ID or name; in check mode, if there is none, the one that an earlier task may import.

        Raises OptionError where there is none, or more than one.
        """
        if is_uuid(name_or_id):
            by_id = next((one for one in self._all_models() if one.id == name_or_id.lower()), None)
            by_id = by_id or self._api.find_model(name_or_id.lower())
            if by_id is not None:
                return by_id
        found = self._named(name_or_id)
        if not found:
            if self._context.check_mode and not is_uuid(name_or_id) and Feature.MODEL_IMPORT in self._api.features:
                predicted = predict_model(self._context, name_or_id, self._all_models())
                if predicted is not None:
                    return predicted
            missing = not_found_text(self._context, "model", name_or_id)
            suggestion = _suggestion(name_or_id, self._all_models())
            raise OptionError(f"model: {missing}; {suggestion}model_info lists those that there are")
        remedy = "Choose one by its ID with the option model"
        return only_one(self._context, "model", name_or_id, found, remedy=remedy) or found[0]

    def node_type(self, name: str) -> NodeType:
        """The node type of this name, disabled or not. Raises OptionError where there is none."""
        with self._lock:
            if self._node_types is None:
                self._node_types = {one.name: one for one in self._api.list_node_types(include_disabled=True)}
            known = self._node_types
        if name not in known:
            choice = ", ".join(sorted(one.name for one in known.values() if not one.disabled)) or "none"
            raise OptionError(
                f"node_type: there is no node type '{display_text(name)}' in {self._api.settings.region}; choose one "
                f"of {choice}"
            )
        return known[name]

    def _named(self, name: str) -> list[Model]:
        """All models with this name; if there are several, those that are left once other runs had time to settle."""
        found = [one for one in self._all_models() if one.name == name]
        if len(found) > 1:
            with self._lock:
                if name not in self._settled:
                    self._models = read_settled(self._context, "model", (name,), self._api.list_models)
                    self._settled.add(name)
            found = [one for one in self._all_models() if one.name == name]
        return found

    def _all_models(self) -> tuple[Model, ...]:
        with self._lock:
            if self._models is None:
                self._models = tuple(self._api.list_models())
            return self._models


def _suggestion(model: str, models: Iterable[Model]) -> str:
    names = sorted({one.name for one in models if one.name is not None})
    close = get_close_matches(model, names, n=3, cutoff=0.5)
    if not close:
        close = [name for name in names if model.lower() in name.lower()][:3]
    return f"did you mean {' or '.join(close)}? " if close else ""
