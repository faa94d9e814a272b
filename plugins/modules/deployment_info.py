# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: deployment_info
short_description: Read deployments of Scaleway Managed Inference
version_added: 0.1.0
description:
  - Lists deployments, all pages, by exact name or ID, and by tags.
  - If a project is set, by O(project_id), the environment or O(config_file), only its deployments are listed; else
    those of every project that the key may see.
author:
  - The scaleway.inference contributors (@scaleway)
extends_documentation_fragment:
  - scaleway.inference.api
  - scaleway.inference.attributes
  - scaleway.inference.attributes.reads
options:
  deployment:
    description:
      - The name or the ID of a deployment; the ID is tried first, in whichever project.
      - Only that one is listed. Of a name, it is all deployments of exactly that name, those that are being deleted
        included, and none if there is none; neither is an error here.
    type: str
  tags:
    description: Only deployments that have all of these tags.
    type: list
    elements: str
  private_ips:
    description:
      - Whether the addresses of private endpoints are read too, with one list for each project from Scaleway's IPAM,
        and one for each private network of a deployment that has several of them.
      - The key needs the permission set C(IPAMReadOnly) for that. Without it, there is a warning, and they are null.
      - They are no URLs - the certificate of a private endpoint is for its name. An entry in C(/etc/hosts) makes the
        name known where no DNS of the network does.
    type: bool
    default: false
    version_added: 0.1.0
  order_by:
    description: The order of the list.
    type: str
    choices: [created_at_desc, created_at_asc, name_asc, name_desc]
    default: created_at_desc
seealso:
  - module: scaleway.inference.deployment
"""

EXAMPLES = r"""
- name: Find a deployment by its name
  scaleway.inference.deployment_info:
    deployment: support-chat
  register: found

- name: Show where its model answers
  ansible.builtin.debug:
    msg: "{{ found.deployments | map(attribute='url') }}"

- name: Find the addresses of its private endpoints
  scaleway.inference.deployment_info:
    deployment: support-chat
    private_ips: true
  register: addressed

- name: List everything in production
  scaleway.inference.deployment_info:
    tags: [production]
"""

RETURN = r"""
deployments:
  description:
    - The deployments. Empty if there is none such.
    - A field that the service left out, or returned in another form than documented, is null; the latter with a
      warning. A deployment that has no ID is left out with a warning.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The ID.
      type: str
      sample: 20043a05-db6e-4ef5-bec6-40089e6d13d0
    name:
      description: The name.
      type: str
      sample: support-chat
    project_id:
      description: The ID of the project.
      type: str
      sample: 105bdce1-64c0-48ab-899d-868455867ecf
    region:
      description: The region.
      type: str
      sample: fr-par
    status:
      description:
        - The status; V(creating), V(deploying), V(ready), V(error), V(deleting), V(locked) or V(unknown_status), and
          with O(api_version=v1) also V(scaling) and V(deleted).
      type: str
      sample: ready
    model:
      description: The name of the model.
      type: str
      sample: mistral/mistral-7b-instruct-v0.3:bf16
    model_id:
      description: The ID of the model.
      type: str
      sample: bf6be106-c53d-4b93-bb33-1a4bd4d0b573
    node_type:
      description: The type of node.
      type: str
      sample: L4
    min_size:
      description: The least number of nodes.
      type: int
      sample: 1
    max_size:
      description: The greatest number of nodes.
      type: int
      sample: 1
    size:
      description: The number of nodes that run.
      type: int
      sample: 1
    tags:
      description: The tags.
      type: list
      elements: str
      sample: [support, production]
    endpoints:
      description: The endpoints.
      type: list
      elements: dict
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
        private_ips:
          description:
            - The addresses in the private network, without the length of their prefix. Empty for a public endpoint.
            - Null if they can't be read.
          returned: if O(private_ips=true)
          type: list
          elements: str
          sample: [172.16.16.2]
          version_added: 0.1.0
    url:
      description: Where the model answers, at the public endpoint, else at the only private one. Null if there is none.
      type: str
      sample: https://20043a05-db6e-4ef5-bec6-40089e6d13d0.ifr.fr-par.scaleway.com
    quantization_bits:
      description: The number of bits of each parameter. Null with O(api_version=v1beta1).
      type: int
      sample: 16
    error_message:
      description: What went wrong, in the service's words. Null if nothing did.
      type: str
      sample:
    created_at:
      description: When it was created, RFC 3339.
      type: str
      sample: "2024-10-24T13:29:02.345060Z"
    updated_at:
      description: When it last changed, RFC 3339. Null before the first change.
      type: str
      sample: "2024-10-24T13:45:54.400813Z"
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
from ..module_utils._tasks.deployment_info import TASK


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
