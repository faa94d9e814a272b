# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that say which model is asked, and how it is reached."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  deployment:
    description:
      - The name or the ID of the deployment to ask; the ID is tried first. By its name it is found in the project.
      - Its public endpoint is used, or else its only private one; O(endpoint_id) chooses another.
      - One of O(deployment), O(endpoint_id) and O(url) is required.
    type: str
  endpoint_id:
    description:
      - The ID of the endpoint to use.
      - Without O(deployment), the deployment that has it is searched for in the project, or if none is set, in all that
        the key may see.
    type: str
  url:
    description:
      - The URL of an endpoint, with or without C(/v1) at its end, for a server that no deployment of the project has.
        Plain V(http://) is refused, except to this machine.
      - The secret key is sent there unless O(disable_auth=true), so name only a server that may have it.
      - Its certificate is verified as O(validate_certs) and O(ca_path) say.
    type: str
  disable_auth:
    description:
      - Whether the server at O(url) needs no key; it gets none then. The task itself needs one even so, as every task
        of the collection does.
      - An endpoint that is found by O(deployment) or O(endpoint_id) tells by itself whether it needs one.
    type: bool
  model:
    description:
      - The name of the model to ask.
      - If not set, it is the one that is deployed; with O(url), the only one that the server lists.
    type: str
  request_timeout:
    description:
      - How many seconds the model may take in all, from connecting to the last byte of its answer; above 0, at most
        86400. The time to connect is at most 10 seconds of it.
      - Its answer may have 256 MiB, unpacked.
      - O(api_timeout) is for the requests that find the endpoint.
    type: float
    default: 120.0
  source_address:
    description:
      - The address of this machine that the request comes from, for machines with several. Access rules check it.
      - If not set, the system chooses.
    type: str
attributes:
  check_mode:
    support: full
    details:
      - It changes nothing, so it asks the model in check mode too.
      - If the deployment doesn't exist or isn't ready then, the task is skipped rather than failed, as an earlier task
        may only have predicted its creation. The result still has all return values, without content.
  diff_mode:
    support: N/A
    details: It changes nothing.
notes:
  - The key needs the IAM permission set C(GenerativeApisModelAccess), whose older name is C(InferenceReadOnly), or
    C(GenerativeApisFullAccess), whose older name is C(InferenceFullAccess). Whether the first one may list deployments,
    to find the endpoint, wasn't tried under its new name; O(url) needs no such list.
  - A condition of the key's IAM policy may refuse the address of this host with a 403, which the service doesn't
    explain.
  - A question has no lasting effect, so O(api_retries) holds for it as well. It is asked again if there was no
    connection, or after the statuses 429, 500, 502 and 503; not after O(request_timeout).
  - A private endpoint answers only in its private network; run the task on a host there. Its certificate is verified
    by the deployment's own authority, which the task asks the service for, and keeps nowhere.
  - Redirects are refused, as the key would go with them.
"""
