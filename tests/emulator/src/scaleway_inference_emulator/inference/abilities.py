# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model can do, by its tags and its name."""

from __future__ import annotations

from typing import Literal

from scaleway_inference_emulator.records import Model

Ability = Literal["text", "vision", "embeddings", "transcriptions"]


def abilities(model: Model | None) -> frozenset[Ability]:
    """What requests the model takes. One that has been deleted meanwhile, or was imported, makes text."""
    tags = frozenset(model.tags) if model else frozenset()
    found: set[Ability] = set()
    if tags & {"embedding", "embeddings"}:
        found.add("embeddings")
    if tags & {"audio", "transcription"} or (model and "whisper" in model.name):
        found.add("transcriptions")
    if not found or "chat" in tags:
        found.add("text")
    if "vision" in tags:
        found.add("vision")
    return frozenset(found)
