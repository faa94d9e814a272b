# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the source of an import, before it begins: the service tells a wrong one only minutes later."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from .._client.errors import OptionError
from .._client.ranges import display_text
from .._task import Context

_EXAMPLE = "https://huggingface.co/mistralai/Mistral-7B-Instruct-v0.3"
_HOSTS = frozenset(("huggingface.co", "www.huggingface.co", "hf.co"))
# Pages of Hugging Face that aren't repositories of models.
_OTHER_PAGES = frozenset(("blog", "collections", "datasets", "docs", "models", "organizations", "papers", "spaces"))
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)


def check_source(context: Context, url: str) -> None:
    """Raise OptionError for a URL that surely can't be imported; warn of one that Scaleway's pages don't name."""
    if _REPOSITORY.fullmatch(url):
        name = display_text(url)
        raise OptionError(
            f"source_url: '{name}' is the name of a repository; give its URL, https://huggingface.co/{name}"
        )
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("http", "https") or re.search(r"\s", url):
        raise OptionError(
            f"source_url: '{display_text(url)}' isn't the https:// URL of a repository; give one such as {_EXAMPLE}"
        )
    if host not in _HOSTS:
        context.warn(
            f"source_url: {host} is sent as it is, but Scaleway's pages name only Hugging Face as a source; if the "
            "import fails, publish the model there"
        )
        return
    path = [part for part in parts.path.split("/") if part]
    if not path or path[0] in _OTHER_PAGES:
        raise OptionError(
            f"source_url: {host}/{'/'.join(path)} isn't the repository of a model; give one such as {_EXAMPLE}"
        )
    if len(path) == 1 or (len(path) > 2 and path[2] in ("blob", "resolve", "raw")):
        context.warn(
            f"source_url: {host}/{'/'.join(path)} is sent as it is, but a repository is an owner and a name, such as "
            f"{_EXAMPLE}; if the import fails, give that"
        )
