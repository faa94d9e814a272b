# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transcriptions: the form that is sent, and the text that is heard."""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass
from email import message_from_bytes

from scaleway_inference_emulator.inference import errors


@dataclass(frozen=True)
class Form:
    """The fields of a request for a transcription."""

    model: str
    response_format: str
    file: bytes


def read_form(content_type: str, body: bytes) -> Form:
    """The fields of a body of the type ``multipart/form-data``. Raises Refused."""
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace") + body)
    fields: dict[str, bytes] = {}
    for part in message.walk():
        name, payload = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(payload, bytes):
            fields[name] = payload
    for name in ("file", "model"):
        if not fields.get(name):
            raise errors.invalid(f"{name}: the field is required", name)
    texts = {name: fields.get(name, b"json").decode("utf-8", "replace") for name in ("model", "response_format")}
    if texts["response_format"] not in {"json", "text", "verbose_json"}:
        raise errors.invalid("response_format: json, text or verbose_json", "response_format")
    return Form(texts["model"], texts["response_format"], fields["file"])


def heard(file: bytes) -> tuple[str, float]:
    """What the emulator takes for the words of a recording, and its seconds. Raises Refused."""
    try:
        with wave.open(io.BytesIO(file)) as sound:
            seconds = sound.getnframes() / sound.getframerate()
    except (wave.Error, EOFError, ZeroDivisionError):
        raise errors.invalid("the file isn't a WAV file, the only kind that the emulator hears", "file") from None
    return f"A sound of {seconds:.1f} seconds.", seconds
