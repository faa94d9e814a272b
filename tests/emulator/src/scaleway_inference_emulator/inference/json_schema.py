# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The smallest value that a JSON schema allows."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

#: Limits for the depth of a schema, which may refer to itself, and for the length of lists and texts.
MAX_DEPTH, MAX_SIZE = 32, 10_000

Schema: TypeAlias = dict[str, Any]


def instance(schema: Schema) -> Any:
    """A value that fits the schema, without optional parts. ``pattern``, ``format`` and the like are ignored.

    Raises ``ValueError`` if the schema allows no value, or none within the limits.
    """
    try:
        return _instance(schema, schema, 0)
    except (AttributeError, TypeError, KeyError, IndexError, StopIteration) as error:
        raise ValueError("the JSON schema isn't one that can be satisfied") from error


def _instance(schema: Any, root: Schema, depth: int) -> Any:
    if schema is True:
        return None
    schema = _resolved(schema, root, depth)
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
        size = _checked_size(schema.get("minItems", 0))
        return [_instance(schema.get("items", True), root, depth + 1)] * size if size else []
    if kind in {"integer", "number"}:
        return _number(schema, whole=kind == "integer")
    return {"string": "x" * _checked_size(schema.get("minLength", 0)), "boolean": False, "null": None}[kind]


def _resolved(schema: Schema, root: Schema, depth: int) -> Schema:
    """The schema with ``$ref`` and ``allOf`` replaced by what they stand for."""
    if depth > MAX_DEPTH:
        raise ValueError("the JSON schema has no end")
    resolved = {name: value for name, value in schema.items() if name not in {"$ref", "allOf"}}
    parts = list(schema.get("allOf", ()))
    if "$ref" in schema:
        target: Any = root
        for name in filter(None, schema["$ref"].removeprefix("#").split("/")):
            target = target[name]
        parts.append(target)
    for part in parts:
        more = _resolved(part, root, depth + 1)
        both = {
            "properties": {**resolved.get("properties", {}), **more.get("properties", {})},
            "required": [*resolved.get("required", ()), *more.get("required", ())],
        }
        resolved = {**resolved, **more, **{name: value for name, value in both.items() if value}}
    return resolved


def _number(schema: Schema, *, whole: bool) -> int | float:
    low: Any = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    high: Any = schema.get("maximum", schema.get("exclusiveMaximum", low))

    def fits(number: float) -> bool:
        return (
            schema.get("minimum", number) <= number <= schema.get("maximum", number)
            and schema.get("exclusiveMinimum", -math.inf) < number < schema.get("exclusiveMaximum", math.inf)
            and (not whole or number == int(number))
        )

    candidates = (0, low, math.floor(low) + 1, high, math.ceil(high) - 1, (low + high) / 2)
    return next(int(number) if number == int(number) else number for number in candidates if fits(number))


def _checked_size(size: int) -> int:
    if size > MAX_SIZE:
        raise ValueError("the JSON schema asks for too much")
    return size
