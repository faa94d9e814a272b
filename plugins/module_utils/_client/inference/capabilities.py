# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model can do, by its tags. The service documents no list of tags, and has changed their spelling before.

Models for embeddings were tagged `embedding` until 2025, and are tagged `embeddings` since. An imported model is tagged
`custom`, whatever it can do.
"""

from __future__ import annotations

from collections.abc import Iterable

# By capability, in the order of results: the tags that mean it, each as `_plain` makes it.
CAPABILITIES: dict[str, frozenset[str]] = {
    "chat": frozenset(("chat",)),
    "vision": frozenset(("vision", "image", "image-to-text")),
    "audio": frozenset(("audio", "audio-input")),
    "embedding": frozenset(("embedding",)),
    "transcription": frozenset(
        ("transcription", "transcribe", "audio-transcription", "speech-to-text", "speech-recognition", "asr")
    ),
}


def capabilities_of(tags: Iterable[str] | None) -> tuple[str, ...]:
    """What a model with these tags can do, in the order of `CAPABILITIES`; empty if the tags don't tell."""
    plain = {_plain(tag) for tag in tags or ()}
    return tuple(capability for capability, spellings in CAPABILITIES.items() if spellings & plain)


def canonical_tag(tag: str) -> str:
    """The tag, or the capability that it means, so that two spellings of one capability are equal."""
    return next((capability for capability, spellings in CAPABILITIES.items() if _plain(tag) in spellings), tag)


def has_tags(tags: Iterable[str] | None, wanted: Iterable[str]) -> bool:
    """Whether a model has all the wanted tags, in whichever spelling."""
    return {canonical_tag(tag) for tag in wanted} <= {canonical_tag(tag) for tag in tags or ()}


def has_one_spelling(tag: str) -> bool:
    """Whether the service can be asked for models with this tag, as it has no other spelling."""
    return not capabilities_of((tag,))


def _plain(tag: str) -> str:
    """A tag in lower case and the singular, with dashes between its words."""
    return tag.strip().lower().replace("_", "-").replace(" ", "-").removesuffix("s")
