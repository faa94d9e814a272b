# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_type_info
short_description: Read the types of GPU node of Scaleway Managed Inference
version_added: 0.1.0
description:
  - Lists the types of GPU node, all pages, with their size and their stock.
author:
  - The scaleway.inference contributors (@scaleway)
extends_documentation_fragment:
  - scaleway.inference.api
  - scaleway.inference.attributes
  - scaleway.inference.attributes.reads
options:
  name:
    description: Only the node type of this name, such as V(L4).
    type: str
  include_disabled:
    description: Whether node types that the service has disabled are listed too.
    type: bool
    default: false
  available_only:
    description: Whether only node types that are in stock and not disabled are listed.
    type: bool
    default: false
seealso:
  - module: scaleway.inference.model_info
"""

EXAMPLES = r"""
- name: List the node types that are in stock
  scaleway.inference.node_type_info:
    available_only: true
  register: found

- name: Show their names and the memory of their GPUs in GiB
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.vram // 2**30 }} GiB"
  loop: "{{ found.node_types }}"
  loop_control:
    label: "{{ item.name }}"
"""

RETURN = r"""
node_types:
  description:
    - The node types. Empty if there is none such.
    - A field that the service left out, or returned in another form than documented, is null; the latter with a
      warning. A node type that has no name is left out with a warning.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name.
      type: str
      sample: L4
    description:
      description: What it is, in the service's words.
      type: str
      sample: One NVIDIA L4 GPU.
    stock_status:
      description: V(available), V(low_stock), V(out_of_stock) or V(unknown_stock).
      type: str
      sample: available
    vcpus:
      description: The number of virtual CPUs.
      type: int
      sample: 8
    memory:
      description: The size of the memory, in bytes.
      type: int
      sample: 51539607552
    vram:
      description: The size of the GPUs' memory, in bytes.
      type: int
      sample: 25769803776
    gpus:
      description: The number of GPUs.
      type: int
      sample: 1
    disabled:
      description: Whether the service has disabled it, so that nothing can be created on it.
      type: bool
      sample: false
    beta:
      description: Whether it is in beta.
      type: bool
      sample: false
    region:
      description: The region.
      type: str
      sample: fr-par
    created_at:
      description: When it was added, RFC 3339.
      type: str
      sample: "2024-03-01T09:00:00.000000Z"
    updated_at:
      description: When it last changed, RFC 3339.
      type: str
      sample: "2024-03-01T09:00:00.000000Z"
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
from ..module_utils._tasks.node_type_info import TASK


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
