# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording to ask a model with that transcribes: generated, so that the collection ships no file."""

from __future__ import annotations

import io
import math
import struct
import wave

# Samples per second: the rate that models for speech work with.
_RATE = 16_000
# In hertz, and as a part of the greatest amplitude of 16 bits: a soft tone, which every decoder takes for sound.
_PITCH = 440
_AMPLITUDE = 0.2


def one_second_wav() -> bytes:
    """A WAV file of one second: a tone, one channel, 16 bits."""
    peak = _AMPLITUDE * (2**15 - 1)
    samples = [round(peak * math.sin(2 * math.pi * _PITCH * at / _RATE)) for at in range(_RATE)]
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(_RATE)
        writer.writeframes(struct.pack(f"<{_RATE}h", *samples))
    return file.getvalue()
