# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: endpoint
short_description: Manage an endpoint of a deployment
version_added: 0.1.0
description:
  - Makes sure that a deployment has an endpoint as described, or that it hasn't.
  - A deployment has at most one public endpoint, and at most one in each private network; that is what identifies them.
    It must always have one.
  - Opening a public endpoint with O(disable_auth=true) and no access rule warns, as anyone could use the model then.
author:
  - The scaleway.inference contributors (@scaleway)
extends_documentation_fragment:
  - scaleway.inference.api
  - scaleway.inference.attributes
  - scaleway.inference.attributes.changes
options:
  state:
    description: Whether the endpoint should exist.
    type: str
    choices: [present, absent]
    default: present
  deployment:
    description:
      - The name or the ID of the deployment; the ID is tried first. By its name it is found in the project.
      - One of O(deployment) and O(id) is required.
    type: str
  id:
    description: The ID of an existing endpoint, in place of O(public) or O(private_network_id).
    type: str
  public:
    description: Chooses the public endpoint. Needs O(deployment).
    type: bool
    default: false
  private_network_id:
    description: Chooses the endpoint in the private network of this ID. Needs O(deployment).
    type: str
  disable_auth:
    description:
      - Whether requests to the endpoint need no key.
      - If not set, it is V(false) for a new endpoint, and left alone on an existing one.
    type: bool
  wait:
    description: Whether to wait until the deployment is ready after a change.
    type: bool
    default: true
  wait_timeout:
    description:
      - How many seconds to wait at most, where the deployment is busy with an earlier change; from 0 to 604800.
    type: int
    default: 3600
seealso:
  - module: scaleway.inference.deployment
  - module: scaleway.inference.acl
"""

EXAMPLES = r"""
- name: Let applications in a private network use the model
  scaleway.inference.endpoint:
    deployment: support-chat
    private_network_id: 0f2f8c0a-1b7d-4b8f-8a3e-3b1d7f1f2c11
  register: private

- name: And nobody else
  scaleway.inference.endpoint:
    deployment: support-chat
    public: true
    state: absent

- name: Ask for a key again
  scaleway.inference.endpoint:
    id: "{{ private.endpoint.id }}"
    disable_auth: false
"""

RETURN = r"""
endpoint:
  description: The endpoint. Null if it doesn't exist (any more). In check mode, what only the service can know is null.
  returned: success
  type: dict
  contains:
    id:
      description: The ID.
      type: str
      sample: 323ee315-02b1-4ddd-acb2-c94a4ed78039
    url:
      description: Where the model answers.
      type: str
      sample: https://20043a05-db6e-4ef5-bec6-40089e6d13d0.ifr.fr-par.scaleway.com
    public:
      description: Whether the endpoint is public.
      type: bool
      sample: true
    private_network_id:
      description: The ID of the private network. Null if the endpoint is public.
      type: str
      sample:
    disable_auth:
      description: Whether requests need no key.
      type: bool
      sample: false
steps:
  description: What was done, or would be done in check mode, in words. Empty if nothing had to be.
  returned: success
  type: list
  elements: str
  sample: [add endpoint in private network 0f2f8c0a-1b7d-4b8f-8a3e-3b1d7f1f2c11]
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
from ..module_utils._tasks.endpoint import TASK


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
