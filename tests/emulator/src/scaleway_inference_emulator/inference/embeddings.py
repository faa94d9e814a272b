# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Embeddings: texts with words in common are near each other, whatever the words mean."""

from __future__ import annotations

import base64
import hashlib
import math
import struct

from scaleway_inference_emulator.inference.tokens import tokens

#: The dimensions of the catalog's model for embeddings.
DIMENSIONS = 3584


def embed(text: str) -> list[float]:
    """A vector of :data:`DIMENSIONS` numbers and length 1, the same for the same words."""
    vector = [0.0] * DIMENSIONS
    for token in tokens(text):
        digest = hashlib.sha256(token.strip().lower().encode()).digest()
        for (number,) in struct.iter_unpack("<I", digest):
            vector[number % DIMENSIONS] += 1 if number >> 31 else -1
    length = math.hypot(*vector) or 1.0
    return [value / length for value in vector]


def to_base64(vector: list[float]) -> str:
    """A vector as base64 of little-endian 32-bit floats, the format that OpenAI's client asks for."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
