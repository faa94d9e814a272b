# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet
short_description: Run a whole set of deployments, all at once
version_added: 0.1.0
description:
  - Makes sure that a set of deployments exists as described, each as M(scaleway.inference.deployment) and
    M(scaleway.inference.acl) would make it, in the time of the slowest of them.
  - Everything is read and checked first. If any entry can't be met, whatever is wrong with it, the task fails before it
    changes anything, and names every such entry with what to do about it.
  - Each member carries a tag that the module owns, made of the word C(fleet), a colon, a space, and O(name).
  - If a member fails, the others go on. The result tells the outcome of each; the task fails at the end and says which
    failed and why, and the next run continues from there.
author:
  - The scaleway.inference contributors (@scaleway)
extends_documentation_fragment:
  - scaleway.inference.api
  - scaleway.inference.attributes
  - scaleway.inference.attributes.changes
options:
  name:
    description:
      - The name of the fleet. By it the module knows the members that it made.
    type: str
    required: true
  state:
    description:
      - V(present) makes sure that the deployments exist as O(deployments) describes them.
      - V(absent) deletes every deployment in the project that carries the fleet's tag, and never another. A deployment
        that O(deployments) lists but that doesn't carry the tag is left alone, with a warning.
    type: str
    choices: [present, absent]
    default: present
  deployments:
    description:
      - The deployments, at most 200, each name once. Required with O(state=present).
      - What an entry leaves out is taken from O(defaults), and else left alone on an existing deployment.
      - Deployments as a task returned them may be given back. Of these, whatever has a C(created_at), what is no option
        is passed over; O(deployments[].id) chooses the deployment, so that it must still be there, and
        O(deployments[].name) is the name that it then has. The tag of this fleet may be among their tags.
      - An existing deployment that is listed joins the fleet, unless it carries another fleet's tag, which is an error.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - The name of the deployment, as in M(scaleway.inference.deployment).
          - With O(deployments[].id), the name that the deployment gets. One of both is required.
        type: str
      id:
        description: The ID of an existing deployment of the project, to choose it whatever its name, or to rename it.
        type: str
      state:
        description: V(absent) deletes this deployment, whether or not it carries the fleet's tag.
        type: str
        choices: [present, absent]
        default: present
      model: &model
        description: The name or the ID of the model. Required for a deployment that doesn't exist yet.
        type: str
      node_type: &node_type
        description: The type of GPU node. Required for a deployment that doesn't exist yet.
        type: str
      min_size: &min_size
        description: The least number of nodes; each is billed by the minute, once the deployment is ready.
        type: int
      max_size: &max_size
        description: The greatest number of nodes.
        type: int
      tags: &tags
        description:
          - The tags, all of them but the fleet's own, which the module adds.
          - They are compared without regard to their order. If not set, they are left alone.
        type: list
        elements: str
      accept_eula: &accept_eula
        description: Accepts the licence of the model. Counts as V(false) if not set.
        type: bool
      quantization_bits: &quantization_bits
        description: How many bits each parameter of the model has when it runs. Needs O(api_version=v1).
        type: int
      endpoints: &endpoints
        description:
          - The endpoints that the deployment should have, at most one public one and one in each private network. Those
            that a task returned may be given back.
          - If not set on creation, the deployment gets one public endpoint.
        type: list
        elements: dict
        suboptions:
          public:
            description: Whether this is the public endpoint. Each entry needs this or a private network.
            type: bool
            default: false
          private_network_id:
            description: The ID of the private network of this endpoint.
            type: str
          disable_auth:
            description:
              - Whether requests to the endpoint need no key. Anyone who can reach it may then use the model.
              - If not set, it is V(false) for a new endpoint, and left alone on an existing one.
            type: bool
      purge_endpoints: &purge_endpoints
        description: Whether endpoints that aren't listed are removed. Counts as V(false) if not set.
        type: bool
      private_only: &private_only
        description:
          - Whether an entry is wrong, so that nothing is changed, if its deployment would have a public endpoint, be it
            a new one or one that is there already. Counts as V(false) if not set.
        type: bool
        version_added: 0.1.0
      on_immutable_change: &on_immutable_change
        description:
          - What to do when the node type, or the model with O(api_version=v1beta1), differs from an existing
            deployment; see M(scaleway.inference.deployment). Counts as V(fail) if not set.
          - An entry that doesn't declare all that a recreation could lose is a wrong entry - nothing is changed.
        type: str
        choices: [fail, recreate]
      on_disruptive_change: &on_disruptive_change
        description:
          - What to do when a change of sizes, model or quantization, or a recreation, makes an existing deployment
            unavailable for a while; see M(scaleway.inference.deployment). Counts as V(warn) if not set.
          - With V(fail), an entry with such a change is a wrong entry - no member is changed.
        type: str
        choices: [allow, warn, fail]
        version_added: 0.1.0
      rules: &rules
        description:
          - The addresses that may connect to the public endpoint, as in M(scaleway.inference.acl); each is a
            dictionary, or just the address or range as a text.
          - If not set, the rules are neither read nor changed. Needs O(api_version=v1beta1), but for an empty list.
            With O(api_version=v1), that accepts that rules are lost in a recreation.
          - Scaleway's pages say since 2026 that such rules are no longer available for dedicated deployments. Whether
            they are enforced, O(deployments[].verify=refused) shows.
        type: list
        elements: dict
        suboptions:
          ip:
            description: An address, or a range in CIDR notation.
            type: str
            required: true
          description:
            description: What the rule is for. If not set, it is left alone on an existing rule.
            type: str
      purge_rules: &purge_rules
        description: Whether rules that aren't listed are removed. Counts as V(false) if not set.
        type: bool
      allow_all: &allow_all
        description:
          - Allows removing the last rule, which opens the public endpoint to every address.
          - Counts as V(false) if not set.
        type: bool
      verify: &verify
        description:
          - What is expected of the member's public endpoint when this host asks it, once it is ready and has its rules;
            see O(scaleway.inference.acl#module:verify). Each run asks, but not if this isn't set, nor in check mode.
          - A member whose answer contradicts this has failed. The others go on, and are asked too.
          - The task waits until such a member is ready, even with O(wait=false).
          - With O(api_version=v1), which has no rules, it shows what a condition in the key's IAM policy does.
        type: str
        choices: [refused, answered]
        version_added: 0.1.0
  defaults:
    description: What holds for each entry of O(deployments) that doesn't say otherwise.
    type: dict
    suboptions:
      model: *model
      node_type: *node_type
      min_size: *min_size
      max_size: *max_size
      tags: *tags
      accept_eula: *accept_eula
      quantization_bits: *quantization_bits
      endpoints: *endpoints
      purge_endpoints: *purge_endpoints
      private_only: *private_only
      on_immutable_change: *on_immutable_change
      on_disruptive_change: *on_disruptive_change
      rules: *rules
      purge_rules: *purge_rules
      allow_all: *allow_all
      verify: *verify
  purge:
    description:
      - Whether deployments are deleted that carry the fleet's tag but aren't listed in O(deployments).
      - Deployments without the tag never are. An empty list of O(deployments) is an error - O(state=absent) deletes
        them all.
    type: bool
    default: false
  max_deletions:
    description:
      - How many deployments may be deleted by O(purge) or O(state=absent), and to be recreated
        (O(deployments[].on_immutable_change)), together. If it would be more, the task fails before it changes
        anything, and names them. Entries with O(deployments[].state=absent) don't count.
      - If not set, V(3), and any number with O(state=absent); an empty text is an error there. From 0 to 10000.
    type: int
  delete_first:
    description:
      - Whether deletions come first, and are waited for, rather than last; for when stock or quota is short.
    type: bool
    default: false
  fail_fast:
    description:
      - Whether nothing new is begun once a member has failed. What runs by then is waited for, and the others get the
        outcome V(skipped).
    type: bool
    default: false
  parallel:
    description: How many members are worked on at the same moment, from 1 to 50. Those that are waited for don't count.
    type: int
    default: 10
  wait:
    description:
      - Whether to wait until all members are ready, or are gone.
      - Even if V(false), the task waits for members that get access rules, as the service accepts them only for a
        ready deployment, and wherever M(scaleway.inference.deployment) does.
    type: bool
    default: true
  wait_timeout:
    description:
      - How many seconds to wait at most, for all members together; from 0 to 604800.
      - When the time is over, members that aren't ready have failed, and their creation goes on; the next run waits for
        them.
    type: int
    default: 3600
  verify_host:
    description:
      - A host of the inventory that the rules of all members let in. Where this host is refused, and
        O(deployments[].verify=refused), it asks the same with the same key; see
        O(scaleway.inference.acl#module:verify_host).
      - Needs O(deployments[].verify) in an entry or in O(defaults). It can't be combined with C(async).
    type: str
    version_added: 0.1.0
  source_address:
    description:
      - The address of this machine that O(deployments[].verify) asks from, for machines with several.
      - If not set, the system chooses.
    type: str
    version_added: 0.1.0
notes:
  - A run that finds everything as described sends one request for each 100 deployments of the project, and one for each
    member with O(deployments[].rules). Nothing else, but for the question of O(deployments[].verify) to each endpoint.
  - If a deployment is to be made, or gets another model, the lists of models and node types are read too, each once.
  - A wait sends one request for each 100 deployments of the project every 2 to 15 seconds, however many members there
    are. Besides, each change of a member is one request, and after each change of rules, they are read again.
seealso:
  - module: scaleway.inference.deployment
  - module: scaleway.inference.acl
"""

EXAMPLES = r"""
- name: Run three models, all at once
  scaleway.inference.fleet:
    name: support
    defaults:
      node_type: L4
      accept_eula: true
      rules:
        - ip: 192.0.2.0/24
          description: Office
    deployments:
      - name: support-chat
        model: mistral/mistral-7b-instruct-v0.3:bf16
      - name: support-summary
        model: meta/llama-3.1-8b-instruct:fp8
      - name: support-search
        model: baai/bge-multilingual-gemma2:fp32
        tags: [embedding]
  register: support

- name: Let in the office only, and prove that this host, which isn't there, is refused while the host web1 isn't
  scaleway.inference.fleet:
    name: support
    defaults:
      rules: [192.0.2.0/24]
      purge_rules: true
      verify: refused
    deployments: "{{ deployments }}"
    verify_host: web1

- name: Remove those that are no longer listed, at most one
  scaleway.inference.fleet:
    name: support
    deployments:
      - name: support-chat
    purge: true
    max_deletions: 1

- name: See what would change, and name what would fail
  scaleway.inference.fleet:
    name: support
    deployments: "{{ deployments }}"
  check_mode: true
  diff: true

- name: Delete the whole fleet, and stop paying for it
  scaleway.inference.fleet:
    name: support
    state: absent
"""

RETURN = r"""
members:
  description:
    - The members, those of O(deployments) in their order, then those that O(purge) or O(state=absent) deletes.
    - In check mode, as they would be.
  returned: always, but for failures before the first change
  type: list
  elements: dict
  contains:
    name:
      description: The name of the deployment.
      type: str
      sample: support-chat
    outcome:
      description:
        - V(created), V(updated), V(unchanged), V(deleted), V(failed), or V(skipped) for one that wasn't begun because
          of O(fail_fast).
        - A deployment that was recreated is V(updated).
      type: str
      sample: created
    steps:
      description:
        - What was done, or would be done in check mode, in words and in order.
        - If this run created a deployment, and deleted it again because that of another run was older, both steps are
          listed.
      type: list
      elements: str
      sample: [create deployment support-chat]
    error:
      description: Why it failed. Null if it didn't.
      type: dict
      contains:
        msg:
          description: What happened, and what to do about it.
          type: str
          sample: "out_of_stock: L4 is out of stock in fr-par"
        type:
          description: The kind of error, as the service names it, such as V(out_of_stock) or V(quotas_exceeded).
          type: str
          sample: out_of_stock
        route:
          description: The request that failed.
          type: str
          sample: POST /deployments
        status:
          description: The HTTP status.
          type: int
          sample: 503
        request_id:
          description: The ID of the request, which Scaleway's support asks for.
          type: str
          sample: 82b7e8cf-68cc-4f10-9168-87fc8f021e86
    deployment:
      description:
        - The deployment as last seen, with the fields of RV(scaleway.inference.deployment#module:deployment).
        - Null if it doesn't exist, or no longer exists.
        - In check mode, the deployment as it would be; what only the service can know is null.
      type: dict
      sample: {"id": "20043a05-db6e-4ef5-bec6-40089e6d13d0", "name": "support-chat", "status": "ready"}
    rules:
      description: The access rules. Null if the entry has none to be managed.
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
    verification:
      description:
        - What O(deployments[].verify) showed, with the fields of RV(scaleway.inference.acl#module:verification).
        - Null if it isn't set, if the member failed before it was asked, and in check mode, which asks nothing.
      type: dict
      sample: {"expected": "refused", "result": "refused", "status": 403, "refused_here": true, "with_key": true}
      version_added: 0.1.0
counts:
  description: How many members had each outcome. Outcomes that none had aren't listed.
  returned: as RV(members)
  type: dict
  sample: {created: 2, unchanged: 8}
created:
  description:
    - The deployments that this run created and that still exist, those of failed members too, so that they can be
      deleted by their ID. A deployment that was recreated isn't among them, as it was there before.
    - In check mode, those that it would create, with null for the ID.
  returned: as RV(members)
  type: list
  elements: dict
  contains:
    id:
      description: The ID. Null in check mode.
      type: str
      sample: 20043a05-db6e-4ef5-bec6-40089e6d13d0
    name:
      description: The name.
      type: str
      sample: support-chat
    region:
      description: The region that it is in.
      type: str
      sample: fr-par
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
        - What recreations would lose, by the name of the deployment, as options to add to its entry.
        - Only where the task was refused for that reason.
      type: dict
      sample: {"support-chat": {"tags": ["support"]}}
"""

from ..module_utils._module import run_module
from ..module_utils._tasks.fleet import TASK


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
