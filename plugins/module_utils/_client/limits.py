# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection takes from a server at most, whatever that sends. All these bounds are here.

Each is far more than the service or a model gives, and little enough for a controller to bear. Beyond one of them, the
request fails with an error that says so. The time of a request is bounded by `api_timeout` and `request_timeout`.
"""

from __future__ import annotations

MIB = 1024 * 1024

# Bytes in the body of an answer, decompressed: of the service and IPAM, and of a model (1,000 embeddings take about
# 80 million).
MAX_BODY_SIZE = 32 * MIB
MAX_MODEL_BODY_SIZE = 256 * MIB
# Bytes in the body of an answer with a status of 400 or more; of a larger one, only the status is reported.
MAX_ERROR_SIZE = 1 * MIB
# Bytes that are received at most besides as many as a body may have: status lines, sizes of chunks, headers, of which
# http.client takes 100 of 64 KiB, and what unpacks to nothing.
MAX_FRAMING_SIZE = 8 * MIB
# Answers with a status from 100 to 199 before the final one.
MAX_INTERIM_ANSWERS = 20

# Levels of nesting in JSON: less than what Python and Ansible can recurse into.
MAX_DEPTH = 64
# Objects and lists in one answer, since an empty one takes twenty times its text in memory.
MAX_CONTAINERS = 4_000_000

# Bytes in one server-sent event, and events in a stream: about one for each token of an answer.
MAX_EVENT_SIZE = 4 * MIB
MAX_EVENTS = 250_000

# Pages of a list; this allows 50,000 items with the smallest pages that the service is known to use. And items, and
# seconds from the first page to the last one.
MAX_PAGES = 1000
MAX_ITEMS = 100_000
MAX_LIST_SECONDS = 600.0

# Seconds to wait before a retry, if the server asks for it (`Retry-After`).
MAX_RETRY_AFTER = 120.0

# Characters in the certificate of a deployment's authority, which has about 1,000.
MAX_CERTIFICATE_SIZE = 256 * 1024
# Names of models that an error lists.
MAX_LISTED_MODELS = 100
