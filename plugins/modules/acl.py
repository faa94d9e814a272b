# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: acl
short_description: Manage which addresses may connect to a deployment
version_added: 0.1.0
description:
  - Makes sure that the access rules of a deployment's public endpoint let in the addresses that are described.
  - Without any rule, every address may connect. Private endpoints are not concerned.
  - Addresses are compared as networks, so V(10.0.0.1) and V(10.0.0.1/32) are the same rule, and so is an IPv6 address
    in any spelling.
  - Rules are added before others are removed, so that no address is locked out in between that may connect before and
    after. A new description is a new rule, after which the old one is removed.
  - Several runs may change the rules of one deployment at the same moment. Each removes only rules that it has read,
    by their IDs, reads back what came of it, and plans again where another run interfered, after a pause of a few
    seconds and 6 times at most. If that doesn't help, it fails and says so.
  - With O(purge_rules=true), a description for each rule, and something to remove, one request puts the whole set in
    the place of all rules; of several such runs, the last one wins.
  - If a removal leaves no rule at all, because another run removed the others at the same moment, the run restores what
    it removed and fails, unless O(allow_all=true). See the notes for the moment until then.
  - Needs O(api_version=v1beta1). In C(v1), there are no rules; limit who may call by conditions in the key's IAM
    policy, or use only private endpoints.
  - Since 2026, Scaleway's pages say that allowed IPs by rules like these are no longer available for dedicated
    deployments. Whether C(v1beta1) still takes them, and whether it enforces them, isn't known. A rule counts only if a
    call that it doesn't admit is refused, which O(verify=refused) checks.
author:
  - The scaleway.inference contributors (@scaleway)
extends_documentation_fragment:
  - scaleway.inference.api
  - scaleway.inference.attributes
  - scaleway.inference.attributes.changes
options:
  state:
    description:
      - V(present) adds the rules that are missing, and corrects descriptions.
      - V(absent) removes the rules that are listed.
    type: str
    choices: [present, absent]
    default: present
  deployment:
    description:
      - The name or the ID of the deployment; the ID is tried first. By its name it is found in the project.
    type: str
    required: true
  rules:
    description:
      - The rules. Each is a dictionary, or just the address or range as a text.
      - Rules as a task returned them may be given back; their C(id) is passed over.
    type: list
    elements: dict
    required: true
    suboptions:
      ip:
        description:
          - An address, or a range in CIDR notation. One that isn't written with its first address is taken as the whole
            range, with a warning when it is added or removed.
        type: str
        required: true
      description:
        description:
          - What the rule is for.
          - If not set, it is empty for a new rule, and left alone on an existing one. Ignored with O(state=absent).
        type: str
  purge_rules:
    description:
      - Whether rules that O(rules) doesn't list are removed. Ignored with O(state=absent).
    type: bool
    default: false
  allow_all:
    description:
      - Allows removing the last rule, which opens the public endpoint to every address.
    type: bool
    default: false
  wait_timeout:
    description:
      - How many seconds to wait at most, where the deployment is busy with an earlier change; from 0 to 604800.
    type: int
    default: 3600
  verify:
    description:
      - What is expected of the public endpoint when this host asks it, after the rules are set. The task asks
        C(/v1/models) there once, with the secret key unless the endpoint needs none. It doesn't ask if this isn't set,
        nor in check mode.
      - With V(refused), the task fails after an answer with the status 200, 401, 404, 422 or 429, as the endpoint was
        reached then. A status 403, or no connection, passes only if the same key gets a 200 from O(verify_host).
      - With V(answered), the task fails after a status 403, or without a connection.
      - All else proves nothing, and is a warning - server errors, names that can't be resolved, failures of TLS, and a
        refusal without a 200 from elsewhere.
      - Should the service need a moment until rules take effect, a task that fails right after a change may pass later.
    type: str
    choices: [refused, answered]
    version_added: 0.1.0
  verify_host:
    description:
      - A host of the inventory that the rules let in. After a refusal here, it asks the same with the same key, by
        M(ansible.builtin.uri). It needs Python, and nothing else.
      - The key has to be known to the controller, by O(secret_key), its variable, or with a local connection also the
        environment or O(config_file). It is sent to that host for this request, and isn't logged there.
      - It can't be combined with C(async).
    type: str
    version_added: 0.1.0
  source_address:
    description:
      - The address of this machine that O(verify) asks from, for machines with several.
      - If not set, the system chooses.
    type: str
    version_added: 0.1.0
notes:
  - Runs that each remove, at the same moment and rule by rule, what the other one keeps leave no rule until the last of
    them has read that back, so every address may connect for the time of about two requests. Rule by rule remove
    O(state=absent), and O(purge_rules=true) where a rule has no O(rules[].description). If the last of them is killed
    in that moment, it stays so; the next run of this module that finds no rule, and isn't allowed to, warns or adds its
    own.
  - Rules of one network that are there more than once become one as soon as O(rules) lists the network. Without
    O(rules[].description), the one added last gives its description.
seealso:
  - module: scaleway.inference.acl_info
  - module: scaleway.inference.endpoint
"""

EXAMPLES = r"""
- name: Let the office and one server in, besides those that may already
  scaleway.inference.acl:
    deployment: support-chat
    rules:
      - ip: 192.0.2.0/24
        description: Office
      - ip: 2001:db8::17
        description: Web server

- name: Let in these and no others
  scaleway.inference.acl:
    deployment: support-chat
    purge_rules: true
    rules:
      - ip: 192.0.2.0/24

- name: Let two in, written as mere addresses
  scaleway.inference.acl:
    deployment: support-chat
    rules: [192.0.2.0/24, "2001:db8::17"]

- name: Let in the office only, and prove that this host, which isn't there, is refused while the host web1 isn't
  scaleway.inference.acl:
    deployment: support-chat
    purge_rules: true
    rules: [192.0.2.0/24]
    verify: refused
    verify_host: web1

- name: Let in every address again
  scaleway.inference.acl:
    deployment: support-chat
    purge_rules: true
    rules: []
    allow_all: true
"""

RETURN = r"""
rules:
  description: All rules of the deployment. Empty if every address may connect.
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
verification:
  description: What O(verify) showed. Null if it isn't set, in check mode, and if there is no deployment.
  returned: success, and if the answer contradicts what was expected
  type: dict
  version_added: 0.1.0
  contains:
    expected:
      description: The option O(verify).
      type: str
      sample: refused
    result:
      description:
        - V(answered) if the endpoint was reached from here. V(refused) if it wasn't, and the same key got a 200 from
          O(verify_host). V(unproven) if that can't be told.
      type: str
      sample: refused
    status:
      description: The HTTP status of the answer. Null without one.
      type: int
      sample: 403
    url:
      description: The endpoint that was asked. Null if there is none.
      type: str
      sample: https://20043a05-db6e-4ef5-bec6-40089e6d13d0.ifr.fr-par.scaleway.com
    with_key:
      description: Whether the question carried the secret key.
      type: bool
      sample: true
    refused_here:
      description: Whether this host was refused, by a status 403 or as no connection was accepted.
      type: bool
      sample: true
    msg:
      description: What happened, in words.
      type: str
      sample: HTTP 403
steps:
  description: What was done, or would be done in check mode, in words. Empty if nothing had to be.
  returned: success
  type: list
  elements: str
  sample: [add 192.0.2.0/24]
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
from ..module_utils._tasks.acl import TASK


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
