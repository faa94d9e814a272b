# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The least value that a JSON schema allows."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

#: Schemas deeper than this have no end, and lists or texts longer than that are no use.
DEEPEST, LONGEST = 32, 10_000

Schema: TypeAlias = dict[str, Any]


def instance(schema: Schema) -> Any:
    """What fits the schema, with nothing that isn't required; ``pattern``, ``format`` and the like aren't looked at.

    Raises ``ValueError`` when there's no such thing.
    """
    try:
        return _instance(schema, schema, 0)
    except (AttributeError, TypeError, KeyError, IndexError, StopIteration) as error:
        raise ValueError("the JSON schema isn't one that can be satisfied") from error


def _instance(schema: Any, root: Schema, depth: int) -> Any:
    if schema is True:
        return None
    schema = _flat(schema, root, depth)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return _instance(schema[key][0], root, depth + 1)
    kind = schema.get("type", "object" if "properties" in schema else "null")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: _instance(properties.get(name, True), root, depth + 1) for name in schema.get("required", ())}
    if kind == "array":
        size = _size(schema.get("minItems", 0))
        return [_instance(schema.get("items", True), root, depth + 1)] * size if size else []
    if kind in {"integer", "number"}:
        return _number(schema, whole=kind == "integer")
    return {"string": "x" * _size(schema.get("minLength", 0)), "boolean": False, "null": None}[kind]


def _flat(schema: Schema, root: Schema, depth: int) -> Schema:
    """The schema with what it refers to and what it combines in place of that."""
    if depth > DEEPEST:
        raise ValueError("the JSON schema has no end")
    flat = {name: value for name, value in schema.items() if name not in {"$ref", "allOf"}}
    parts = list(schema.get("allOf", ()))
    if "$ref" in schema:
        target: Any = root
        for name in filter(None, schema["$ref"].removeprefix("#").split("/")):
            target = target[name]
        parts.append(target)
    for part in parts:
        more = _flat(part, root, depth + 1)
        both = {
            "properties": {**flat.get("properties", {}), **more.get("properties", {})},
            "required": [*flat.get("required", ()), *more.get("required", ())],
        }
        flat = {**flat, **more, **{name: value for name, value in both.items() if value}}
    return flat


def _number(schema: Schema, *, whole: bool) -> int | float:
    low: Any = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    high: Any = schema.get("maximum", schema.get("exclusiveMaximum", low))

    def fits(number: float) -> bool:
        return (
            schema.get("minimum", number) <= number <= schema.get("maximum", number)
            and schema.get("exclusiveMinimum", -math.inf) < number < schema.get("exclusiveMaximum", math.inf)
            and (not whole or number == int(number))
        )

    likely = (0, low, math.floor(low) + 1, high, math.ceil(high) - 1, (low + high) / 2)
    return next(int(number) if number == int(number) else number for number in likely if fits(number))


def _size(size: int) -> int:
    if size > LONGEST:
        raise ValueError("the JSON schema asks for too much")
    return size
