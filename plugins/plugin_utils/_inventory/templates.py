# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Marks strings for Ansible: those of the plugin may be templates, those of the service never are.

Up to ansible-core 2.18, every string is a template unless it is marked as unsafe; since 2.19, only a string that is
marked as trusted is one.
"""

from __future__ import annotations

import re
from typing import Any

try:
    from ansible.template import trust_as_template
except ImportError:
    trust_as_template = None

# Texts that are neither templates nor, if a condition evaluates them, expressions that call something or take long.
_WORDS = re.compile(r"[\w .,:;/@&=?+-]*")


def mark_trusted(text: str) -> str:
    """Mark a text of the plugin as a template, which a play resolves when it uses the text."""
    trusted: str = text if trust_as_template is None else trust_as_template(text)
    return trusted


def mark_untrusted(value: Any) -> Any:
    """Mark all texts in a value of the service, so that no template in them is ever resolved."""
    if isinstance(value, dict):
        return {key: mark_untrusted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [mark_untrusted(item) for item in value]
    if not isinstance(value, str):
        return value
    # Plays see both kinds of string alike, but ansible-inventory shows "__ansible_unsafe" around untrusted ones. So
    # harmless texts, which most are, are trusted.
    return mark_trusted(value) if _WORDS.fullmatch(value) else _untrusted(value)


def _untrusted(text: str) -> Any:
    if trust_as_template is not None:
        return text
    # Imported only here, as ansible-core plans to remove it in 2.23.
    from ansible.utils.unsafe_proxy import wrap_var

    return wrap_var(text)
