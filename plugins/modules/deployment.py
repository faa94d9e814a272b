# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: deployment
short_description: Run a model on GPU nodes of Scaleway Managed Inference
version_added: 0.1.0
description:
  - Makes sure that a deployment of a model exists as described, and waits until it is ready; or that it doesn't exist.
  - A deployment is found by its exact name in the project, so that running the task twice makes one deployment. If the
    answer to its creation gets lost, it is searched for by its name before it is created again.
  - If two runs create it at the same moment, there may be two for a short while. The older one stays; the run that made
    the younger deletes it, goes on with the other, and lists both steps in RV(steps), with C(changed=true).
  - Options that are left out are left alone on an existing deployment.
author:
  - The scaleway.inference contributors (@scaleway)
extends_documentation_fragment:
  - scaleway.inference.api
  - scaleway.inference.attributes
  - scaleway.inference.attributes.changes
options:
  state:
    description: Whether the deployment should exist.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - The name of the deployment, at most 255 characters. Which ones the service takes, only it knows; a name with
        others than letters, digits and dashes is sent as it is, with a warning when a deployment is created or renamed.
      - With O(id), the name that the deployment gets.
      - One of O(name) and O(id) is required.
      - If several deployments have the name, the task waits up to a minute for the runs that made them to settle which
        one stays, the oldest; then it fails and lists their IDs. Check mode doesn't wait, but warns.
    type: str
  id:
    description:
      - The ID of an existing deployment, to choose it whatever its name, or to rename it.
    type: str
  model:
    description:
      - The name or the ID of the model, such as V(meta/llama-3.1-8b-instruct:fp8); the ID is tried first.
        M(scaleway.inference.model_info) lists them.
      - With O(api_version=v1beta1), an imported model can be deployed only if its name has that form, with a slash.
      - Required to create a deployment. On an existing one it can be changed in place only with O(api_version=v1); see
        O(on_immutable_change).
    type: str
  node_type:
    description:
      - The type of GPU node, such as V(L4). M(scaleway.inference.node_type_info) lists them.
      - Required to create a deployment. It can't be changed in place; see O(on_immutable_change).
    type: str
  min_size:
    description:
      - The least number of nodes. Each is billed by the minute, from when the deployment is ready until it is deleted.
      - On creation V(1) if neither size is given, or O(max_size) if that is.
    type: int
  max_size:
    description:
      - The greatest number of nodes. With O(api_version=v1), the service wants it equal to O(min_size) today.
      - On creation V(1) if neither size is given, or O(min_size) if that is.
    type: int
  tags:
    description: The tags, all of them. They are compared without regard to their order.
    type: list
    elements: str
  accept_eula:
    description:
      - Accepts the licence of the model. Required to create a deployment of a model that has one.
      - With O(api_version=v1beta1), O(scaleway.inference.model_info#module:with_eula=true) returns its text.
    type: bool
    default: false
  quantization_bits:
    description:
      - How many bits each parameter of the model has when it runs, as far as model and node type allow it.
      - Needs O(api_version=v1). If not set on creation, the service chooses.
    type: int
  endpoints:
    description:
      - The endpoints that the deployment should have, at most one public one and one in each private network.
      - Endpoints as a task returned them may be given back; their C(id) and C(url) are passed over.
      - On an existing deployment, missing ones are added. Others are removed if O(purge_endpoints=true).
      - If not set on creation, the deployment gets one public endpoint.
    type: list
    elements: dict
    suboptions:
      public:
        description: Whether this is the public endpoint. Each entry needs this or O(endpoints[].private_network_id).
        type: bool
        default: false
      private_network_id:
        description:
          - The ID of the private network of this endpoint, from the console under VPC. As for every ID, the region may
            stand before it, as in V(fr-par/0f2f8c0a-1b7d-4b8f-8a3e-3b1d7f1f2c11), and must then be the task's.
        type: str
      disable_auth:
        description:
          - Whether requests to the endpoint need no key. Anyone who can reach it may then use the model.
          - If not set, it is V(false) for a new endpoint, and left alone on an existing one.
        type: bool
  purge_endpoints:
    description: Whether endpoints that O(endpoints) doesn't list are removed.
    type: bool
    default: false
  private_only:
    description:
      - Whether the task fails, before it changes anything, if the deployment would have a public endpoint after it, be
        it a new one or one that is there already. It removes none; O(purge_endpoints=true) does.
      - A deployment without a public endpoint can be reached from its private networks only. A Public Gateway may open
        such a network again.
    type: bool
    default: false
    version_added: 0.1.0
  on_immutable_change:
    description:
      - What to do when O(node_type), or O(model) with O(api_version=v1beta1), differs from an existing deployment, as
        the service can't change it in place.
      - V(fail) fails and names both values.
      - V(recreate) deletes the deployment and creates a new one. It has other URLs, and nothing answers in between.
      - Should the run end in between, nobody but the task knows what there was. So whatever the old deployment has must
        be declared, or the task fails before it deletes anything and prints what is missing, to be pasted - its
        endpoints with O(endpoints[].disable_auth), O(tags), sizes other than 1, O(quantization_bits), and each access
        rule, unless O(purge_endpoints) or O(purge_rules) says that what isn't listed goes.
      - With O(api_version=v1) access rules can't be read. There, O(rules=[]) accepts that they are lost if the
        deployment has a public endpoint.
      - It fails too, and deletes nothing, if O(node_type) is out of stock.
    type: str
    choices: [fail, recreate]
    default: fail
  on_disruptive_change:
    description:
      - What to do when a change makes an existing deployment unavailable. By Scaleway's pages, a change of the number
        of nodes or of the model does so for 15 to 30 minutes. O(min_size), O(max_size), O(model),
        O(quantization_bits) and a recreation (O(on_immutable_change=recreate)) count as such changes.
      - V(warn) makes the change, with a warning.
      - V(allow) makes the change, without a warning.
      - V(fail) fails before anything is changed or deleted, in check mode too.
      - The header of the diff tells such a change in any case. The role C(scaleway.inference.rollout) replaces a
        deployment without a gap.
      - Other changes don't count. With O(api_version=v1), a deployment was seen to return to C(deploying) for up to
        three minutes after a change of its name, and the same is to be expected of O(tags); whether it answers
        meanwhile isn't known. With O(api_version=v1beta1), it stayed C(ready) after a change of its name.
    type: str
    choices: [allow, warn, fail]
    default: warn
    version_added: 0.1.0
  rules:
    description:
      - The addresses that may connect to the public endpoint, by address and not by text. No rule at all lets every
        address in.
      - If not set, they are neither read nor changed. Needs O(api_version=v1beta1), but for an empty list, which with
        O(api_version=v1) only accepts that rules are lost in a recreation.
      - Scaleway's pages say since 2026 that such rules are no longer available for dedicated deployments. Whether they
        are enforced, C(verify) of M(scaleway.inference.acl) shows; O(private_only) needs none.
      - The service takes rules from a deployment that is ready. A new one waits for that and gets its rules at once;
        in the moment between, its public endpoint lets in whoever has a key, from every address. O(endpoints) with
        O(endpoints[].disable_auth=true) ask for a key until the rules hold.
      - Each is a dictionary, or just the address or range as a text. Rules as a task returned them may be given back;
        their C(id) is passed over.
      - On an existing deployment, they hold before a public endpoint is added or stops asking for a key.
    type: list
    elements: dict
    suboptions:
      ip:
        description:
          - An address, or a range in CIDR notation. One that isn't written with its first address is taken as the whole
            range, with a warning when it is added or removed.
        type: str
        required: true
      description:
        description: What the rule is for. If not set, it is empty for a new rule, and left alone on an existing one.
        type: str
  purge_rules:
    description: Whether rules that O(rules) doesn't list are removed.
    type: bool
    default: false
  allow_all:
    description: Allows removing the last rule, which opens the public endpoint to every address.
    type: bool
    default: false
  wait:
    description:
      - Whether to wait until the deployment is ready, or is gone.
      - After a change, O(api_version=v1) says C(ready) for about two seconds before it deploys. That one doesn't count,
        but with O(wait=false) the result shows it.
      - Even if V(false), the task waits before it changes a deployment that is busy with an earlier change, and for the
        deletion when it recreates. If it has O(rules) to write, it waits until the deployment is ready, and warns of
        that.
    type: bool
    default: true
  wait_timeout:
    description:
      - How many seconds to wait at most, from 0 to 604800. Creations were seen to take from 9 to 43 minutes.
      - When the time is over, the task fails and the creation goes on; the next run waits for it.
    type: int
    default: 3600
"""

EXAMPLES = r"""
- name: Run a model on one L4 node
  scaleway.inference.deployment:
    name: support-chat
    model: mistral/mistral-7b-instruct-v0.3:bf16
    node_type: L4
    tags: [support, production]

- name: Run a model that has a licence, reachable only in a private network
  scaleway.inference.deployment:
    name: internal-chat
    model: meta/llama-3.1-8b-instruct:fp8
    accept_eula: true
    node_type: L4
    endpoints:
      - private_network_id: 0f2f8c0a-1b7d-4b8f-8a3e-3b1d7f1f2c11
    purge_endpoints: true

- name: Make sure that nobody reaches it from outside of that network
  scaleway.inference.deployment:
    name: support-chat
    model: mistral/mistral-7b-instruct-v0.3:bf16
    node_type: L4
    endpoints:
      - private_network_id: 0f2f8c0a-1b7d-4b8f-8a3e-3b1d7f1f2c11
    private_only: true

- name: Move a deployment to another type of node
  scaleway.inference.deployment:
    name: support-chat
    model: mistral/mistral-7b-instruct-v0.3:bf16
    node_type: L40S
    tags: [support, production]
    rules:
      - ip: 192.0.2.0/24
        description: Office
    on_immutable_change: recreate

- name: Change the quantization, with the newer version of the API
  scaleway.inference.deployment:
    api_version: v1
    name: support-chat
    quantization_bits: 8

- name: Resize a deployment, unless that would interrupt the service
  scaleway.inference.deployment:
    name: support-chat
    min_size: 2
    max_size: 2
    on_disruptive_change: fail

- name: Rename a deployment
  scaleway.inference.deployment:
    id: "{{ deployment_id }}"
    name: support-chat-old

- name: Delete a deployment, and stop paying for it
  scaleway.inference.deployment:
    name: support-chat
    state: absent
"""

RETURN = r"""
deployment:
  description:
    - The deployment. Null if it doesn't exist, or no longer exists.
    - A field that the service left out, or returned in another form than documented, is null; the latter with a
      warning.
    - In check mode, the deployment as it would be; what only the service can know is null.
    - If the task fails, in check mode too, the deployment as last seen. C(rescue) reads it as
      C(ansible_failed_result.deployment).
  returned: always, also on failure
  type: dict
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
rules:
  description:
    - The access rules; in check mode as they would be, with null for the IDs that only the service can know.
    - Null if O(rules) isn't set.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The ID.
      type: str
      sample: 3c9b7a2e-1d05-4f7e-9a67-0d9d3f2b8c14
    ip:
      description: The address or the range.
      type: str
      sample: 192.0.2.0/24
    description:
      description: What the rule is for.
      type: str
      sample: Office
steps:
  description:
    - What was done, or would be done in check mode, in words and in order. Empty if nothing had to be.
  returned: success
  type: list
  elements: str
  sample: ["update tags (['support'] -> ['production', 'support'])"]
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
    undeclared:
      description:
        - What O(on_immutable_change=recreate) would lose, by the name of the deployment, as options to add.
        - Only where the task was refused for that reason.
      type: dict
      sample: {"support-chat": {"tags": ["support"]}}
"""

from ..module_utils._module import run_module
from ..module_utils._tasks.deployment import TASK


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
