# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which strings Ansible may take for templates: ours, and none of the service's.

Up to ansible-core 2.18 all are templates but those that are marked; from 2.19 on only those that are marked are.
"""

from __future__ import annotations

import re
from typing import Any

try:
    from ansible.template import trust_as_template
except ImportError:
    trust_as_template = None

# Neither a template nor, as a condition would have it, an expression that could call anything or take long.
_WORDS = re.compile(r"[\w .,:;/@&=?+-]*")


def mark_trusted(text: str) -> str:
    """A text of ours, to be resolved when a play asks for it."""
    trusted: str = text if trust_as_template is None else trust_as_template(text)
    return trusted


def mark_untrusted(value: Any) -> Any:
    """What the service said, which must come out as it went in."""
    if isinstance(value, dict):
        return {key: mark_untrusted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [mark_untrusted(item) for item in value]
    if not isinstance(value, str):
        return value
    # Both kinds of string come out alike. But ansible-inventory shows "__ansible_unsafe" around all that isn't trusted,
    # so that mere words, which most are, had better be.
    return mark_trusted(value) if _WORDS.fullmatch(value) else _untrusted(value)


def _untrusted(text: str) -> Any:
    if trust_as_template is not None:
        return text
    # ansible-core means to drop it from 2.23 on.
    from ansible.utils.unsafe_proxy import wrap_var

    return wrap_var(text)
