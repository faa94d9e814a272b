# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that options and variables name. Only those are read that surely end: a pipe may never do so."""

from __future__ import annotations

import os
import stat

# In bytes; the bundle of all authorities that browsers trust has a quarter of a megabyte.
MAX_BUNDLE_SIZE = 16 * 1024 * 1024


class NotReadable(Exception):
    """The file isn't read; the message says why."""


def read_file(path: str, max_size: int) -> bytes:
    """The content of a file. Raises NotReadable, OSError, and ValueError for a name that no file has."""
    # Opening a pipe would wait for whoever writes to it.
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        # The usual way to name no file.
        if not stat.S_ISREG(mode) and not os.path.samefile(path, os.devnull):
            raise NotReadable(_kind(mode))
        content = file.read(max_size + 1)
    if len(content) > max_size:
        raise NotReadable(f"more than {max_size // 1024} KiB")
    return content


def check_authorities(path: str) -> None:
    """Raise NotReadable unless the path is a file that OpenSSL can read to its end, or a folder.

    Raises OSError, and ValueError for a name that no file has.
    """
    found = os.stat(path)
    if stat.S_ISDIR(found.st_mode):
        return
    if not stat.S_ISREG(found.st_mode):
        raise NotReadable(_kind(found.st_mode))
    if found.st_size > MAX_BUNDLE_SIZE:
        raise NotReadable(f"more than {MAX_BUNDLE_SIZE // 1024**2} MiB")


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "it is a directory"
    return "it is a pipe" if stat.S_ISFIFO(mode) else "it is a device or a socket"
