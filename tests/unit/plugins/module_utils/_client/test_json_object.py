# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Typed access to JSON: any value is read with the right type, or raises AnswerError, which names the field."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.module_utils._client.errors import AnswerError
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.dialect import Dialect
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.v1 import V1
from ansible_collections.scaleway.inference.plugins.module_utils._client.inference.v1beta1 import V1Beta1
from ansible_collections.scaleway.inference.plugins.module_utils._client.json_object import JsonObject
from ansible_collections.scaleway.inference.tests.support import resource_strategies
from ansible_collections.scaleway.inference.tests.support.json_values import JSON

DIALECTS: tuple[Dialect, ...] = (V1Beta1(), V1())


@dataclass(frozen=True)
class Kind:
    """A kind of resource: the dialect's reader for it, and a strategy for such resources as JSON."""

    read: Callable[[JsonObject], Any]
    valid: st.SearchStrategy[dict[str, Any]]


def _kinds(dialect: Dialect) -> dict[str, Kind]:
    version = dialect.version

    def valid(resources: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
        return resources.map(lambda resource: resource_strategies.to_json(resource, version))

    kinds = {
        "deployment": Kind(dialect.deployment, valid(resource_strategies.deployments(version))),
        "endpoint": Kind(dialect.endpoint, valid(resource_strategies.endpoints())),
        "model": Kind(dialect.model, valid(resource_strategies.models(version))),
        "node type": Kind(dialect.node_type, valid(resource_strategies.node_types(version))),
        "acl rule": Kind(dialect.acl_rule, valid(resource_strategies.acl_rules(version))),
        "certificate": Kind(dialect.certificate, valid(resource_strategies.certificates(version))),
    }
    return {f"{version} {name}": kind for name, kind in kinds.items()}


KINDS = {name: kind for dialect in DIALECTS for name, kind in _kinds(dialect).items()}


def _paths(document: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths of all values in a JSON document, without the root."""
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [found for key, value in inner for found in ((*path, key), *_paths(value, (*path, key)))]


def _mutated(document: Any, path: tuple[str | int, ...], value: object) -> Any:
    """A copy of the document with another value at the path."""
    copy = json.loads(json.dumps(document))
    parent = copy
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    return copy


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@given(data=st.data())
def test_any_value_in_any_field_is_read_or_refused(kind: Kind, data: st.DataObject) -> None:
    document = data.draw(kind.valid)
    wrong = _mutated(document, data.draw(st.sampled_from(_paths(document))), data.draw(JSON))
    found = _resource_or_error(kind, wrong)
    if isinstance(found, AnswerError):
        assert "expected" in str(found)
    else:
        assert is_dataclass(found)
        assert hash(found) == hash(kind.read(JsonObject(wrong, "the answer")))


def _resource_or_error(kind: Kind, document: object) -> object:
    try:
        return kind.read(JsonObject(document, "the answer"))
    except AnswerError as error:
        return error


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@given(value=JSON)
def test_any_document_is_read_or_refused(kind: Kind, value: object) -> None:
    found = _resource_or_error(kind, value)
    if isinstance(found, AnswerError):
        assert "expected" in str(found)
    else:
        assert isinstance(value, dict)
        assert is_dataclass(found)


#: By name: a reader, pairs of a valid value and the result, and values that it refuses.
READERS: dict[str, tuple[Callable[[JsonObject], object], tuple[tuple[object, object], ...], tuple[object, ...]]] = {
    "text": (lambda data: data.text("x"), (("a", "a"), (" ", " ")), (None, "", 1, True, [], {})),
    "optional text": (
        lambda data: data.optional_text("x"),
        (("a", "a"), ("", None), (None, None)),
        (0, False, [], {}),
    ),
    "integer": (lambda data: data.integer("x"), ((0, 0), (-1, -1), (2**70, 2**70)), (None, True, "1", 1.0, [], {})),
    "optional integer": (
        lambda data: data.optional_integer("x"),
        ((0, 0), (5, 5), (None, None)),
        (False, "", 0.0, [], {}),
    ),
    "flag": (lambda data: data.flag("x"), ((True, True), (False, False), (None, False)), (0, 1, "true", [], {})),
    "texts": (
        lambda data: data.texts("x"),
        (([], ()), (["a", ""], ("a", "")), (None, ())),
        ("a", ["a", 1], [None], [["a"]], {}, 0),
    ),
    "child": (lambda data: "y" in data.child("x"), (({}, False), ({"y": 1}, True)), (None, [], "a", 0)),
    "children": (
        lambda data: ["y" in child for child in data.children("x")],
        (([], []), ([{}, {"y": 1}], [False, True]), (None, [])),
        ({}, "a", [1], [None], [[]], 0),
    ),
    "required children": (
        lambda data: ["y" in child for child in data.children("x", required=True)],
        # Null is how a Go service may write an empty list; only its absence is refused, below.
        (([], []), ([{"y": 1}], [True]), (None, [])),
        ({}, "a", [1]),
    ),
}


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [(name, value, expected) for name, (_read, good, _bad) in READERS.items() for value, expected in good],
)
def test_value_of_the_right_type_is_read(reader: str, value: object, expected: object) -> None:
    found = READERS[reader][0](JsonObject({"x": value}, "here"))
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("reader", "value"), [(name, value) for name, (_read, _good, bad) in READERS.items() for value in bad]
)
def test_value_of_a_wrong_type_is_refused_with_its_path(reader: str, value: object) -> None:
    with pytest.raises(AnswerError, match=r"^here\.x(\[[0-9]\])?: expected .*, got "):
        READERS[reader][0](JsonObject({"x": value}, "here"))


def test_missing_required_list_is_an_error() -> None:
    with pytest.raises(AnswerError, match=r"^here\.x: expected a list, got nothing$"):
        JsonObject({"y": []}, "here").children("x", required=True)


def test_error_has_the_full_path_of_the_field() -> None:
    data = JsonObject({"rules": [{"id": "1"}, {"id": "2", "range": {"first": 3}}]}, "the answer")
    with pytest.raises(AnswerError, match=r"^the answer\.rules\[1\]\.range\.first: expected a string, got a number$"):
        data.children("rules")[1].child("range").text("first")


@pytest.mark.parametrize(
    ("value", "expected"),
    [({"x": 1}, True), ({"x": {}}, True), ({"x": False}, True), ({"x": None}, False), ({}, False)],
)
def test_field_is_there_unless_absent_or_null(value: dict[str, object], expected: bool) -> None:
    assert ("x" in JsonObject(value, "here")) is expected


def test_unknown_fields_are_ignored() -> None:
    document = {"id": "1", "ip": "192.0.2.1", "description": "", "colour": "blue", "nested": [{"x": {}}]}
    assert V1Beta1().acl_rule(JsonObject(document, "here")).ip == "192.0.2.1"
