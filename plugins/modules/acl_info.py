# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: acl_info
short_description: Read which addresses may connect to a deployment
version_added: 0.1.0
description:
  - Lists the access rules of a deployment's public endpoint, all pages. Without any, every address may connect.
  - Needs O(api_version=v1beta1).
  - Scaleway's pages say since 2026 that such rules are no longer available for dedicated deployments. That a rule is
    listed doesn't prove that the service enforces it; C(verify) of M(scaleway.inference.acl) asks.
author:
  - The scaleway.inference contributors (@scaleway)
extends_documentation_fragment:
  - scaleway.inference.api
  - scaleway.inference.attributes
  - scaleway.inference.attributes.reads
options:
  deployment:
    description:
      - The name or the ID of the deployment; the ID is tried first. By its name it is found in the project.
    type: str
    required: true
seealso:
  - module: scaleway.inference.acl
"""

EXAMPLES = r"""
- name: List the rules
  scaleway.inference.acl_info:
    deployment: support-chat
  register: access

- name: Refuse to go on if everyone may connect
  ansible.builtin.assert:
    that: access.rules | length > 0
"""

RETURN = r"""
rules:
  description: The rules. Empty if every address may connect.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The ID. Null for a rule that check mode predicts.
      type: str
      sample: 7d2b8f0e-9c55-4d0a-8e1c-6f4c2f0a1b11
    ip:
      description: The address, or the range in CIDR notation.
      type: str
      sample: 192.0.2.0/24
    description:
      description: What the rule is for. Empty if nobody said.
      type: str
      sample: Office
deployment:
  description:
    - The deployment as last seen, with the fields of RV(scaleway.inference.deployment#module:deployment).
    - Null if none was found, or it is gone.
  returned: on failure
  type: dict
  sample: {"id": "20043a05-db6e-4ef5-bec6-40089e6d13d0", "name": "support-chat", "status": "error"}
error:
  description:
    - The facts of the failure, if the service or the network caused it.
    - Besides these, the fields that the service gave, such as C(details), C(resource) and C(resource_id).
  returned: on such failures
  type: dict
  contains:
    route:
      description: The request that failed.
      type: str
      sample: POST /deployments
    status:
      description: The HTTP status.
      type: int
      sample: 403
    type:
      description: The kind of error, as the service names it.
      type: str
      sample: quotas_exceeded
    request_id:
      description: The ID of the request, which Scaleway's support asks for.
      type: str
      sample: 82b7e8cf-68cc-4f10-9168-87fc8f021e86
    message:
      description: The service's own words.
      type: str
      sample: quota exceeded
"""

from ..module_utils._module import run_module
from ..module_utils._tasks.acl_info import TASK


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
