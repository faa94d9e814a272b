# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print how many seconds a client needs for so many reads and writes, ten at a time: floor.py READS WRITES

It is given the address and the key of the service in the environment. The writes are creations without a body, which
the service refuses: so they cost no more than their way there and back.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import requests

PARALLEL = 10


def main() -> None:
    reads, writes = (int(word) for word in sys.argv[1:])
    url = f"{os.environ['SCW_API_URL']}/inference/v1beta1/regions/{os.environ['SCW_DEFAULT_REGION']}/deployments"
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=PARALLEL))
    session.headers["X-Auth-Token"] = os.environ["SCW_SECRET_KEY"]
    begin = time.perf_counter()
    with ThreadPoolExecutor(PARALLEL) as pool:
        answers = [session.get(url, params={"per_page": 100}) for _number in range(reads)]
        refusals = list(pool.map(lambda _number: session.post(url, json={}), range(writes)))
    seconds = time.perf_counter() - begin
    assert {one.status_code for one in answers} <= {200}
    assert {one.status_code for one in refusals} <= {400}
    print(seconds)


if __name__ == "__main__":
    main()
