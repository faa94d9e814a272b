# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: role_variables
short_description: Check the variables of a role of this collection
version_added: 0.1.0
description:
  - Checks all variables that the play has for a role, refuses those that are misspelt or that the role can't use, and
    returns the options that the role is to use. The playbooks of the collection and each entry point of its roles run
    it first. It sends no request.
  - A variable whose name, prefix included, is nearly that of an option of the role is an error that names the right
    one. One that only has the role's prefix is a warning. The list C(scaleway_inference_ignored_variables) exempts
    names from both.
  - A variable that is an empty text or null counts as not given, nested ones too, and so does a list with nothing but
    such elements. An empty list stays an empty list.
  - What isn't text where text is expected, such as a number, a boolean or a date, is an error, at any depth. AWX on
    ansible-core 2.19 and later makes these of answers such as V(007), V(yes) and V(2026-01-01).
  - Where leaving a variable out would widen what is deleted or asked, an empty one is an error.
  - In a role that another role of the collection includes, names aren't checked, and errors name the variables of the
    role that includes it.
author:
  - The scaleway.inference contributors (@scaleway)
attributes:
  action:
    description: Runs on the controller, as it checks the variables there.
    support: full
  async:
    description: Supports being run with the C(async) keyword.
    support: none
  check_mode:
    description: Can run in check mode and tell what it would change, without changing anything.
    support: full
    details: It changes nothing, so it does the same in check mode.
  diff_mode:
    description: Tells what it changes, or would change in check mode, when in diff mode.
    support: N/A
    details: It changes nothing.
options:
  role:
    description: The role, by its short name.
    type: str
    required: true
    choices: [client_config, decommission, deploy, rollout]
  entry_point:
    description: The entry point of the role.
    type: str
    default: main
  host:
    description:
      - The host of the inventory whose variables are checked, in place of those that the task has.
      - What the role requires need not be among them.
    type: str
  defaults:
    description: Values for options that aren't given, for those that no fixed default fits.
    type: dict
    default: {}
  overrides:
    description: Values of options that hold in place of the variables.
    type: dict
    default: {}
  required:
    description: Options of the role that have to be given besides those that the role requires.
    type: list
    elements: str
    default: []
  other_variables:
    description: Variables of the playbook's own that must be neither misspelt nor empty.
    type: list
    elements: str
    default: []
  asked:
    description:
      - The deployments that the role's smoke test will ask, as they will be, in the form of
        RV(scaleway.inference.fleet#module:members).
      - An address, given as the role's variable C(…_smoke_test_address), that the access rules of one keep out is an
        error. Without it, rules are a warning for deployments that are still to be created or changed. So is a
        deployment that has only private endpoints, without C(…_smoke_test_host).
    type: list
    elements: dict
  listed:
    description: Checks names of deployments that a variable lists.
    type: dict
    suboptions:
      variable:
        description: The option of the role that lists names.
        type: str
        required: true
      members:
        description: The deployments that may be listed. A name that is nearly one of these is an error.
        type: list
        elements: str
        required: true
      others:
        description: Other deployments that there are. A name of these is an error.
        type: list
        elements: str
        default: []
seealso:
  - module: ansible.builtin.validate_argument_spec
"""

EXAMPLES = r"""
- name: Check the variables of the role deploy before anything else
  scaleway.inference.role_variables:
    role: deploy
  register: checked

- name: Show which options the role would use
  ansible.builtin.debug:
    var: checked.options
"""

RETURN = r"""
options:
  description:
    - The options that are given and those that have a default, by their names.
    - Secrets aren't among them.
  returned: success
  type: dict
  sample: {deploy_name: support-chat, deploy_parallel: 10}
names:
  description:
    - For each option of the entry point, the variable that the user gives it by. It is another one than the option
      where another role includes this one, with variables of its own.
  returned: always
  type: dict
  sample: {deploy_kind: rollout_kind}
missing:
  description: The names that O(listed.variable) lists and that no deployment has.
  returned: success, with O(listed)
  type: list
  elements: str
  sample: [support-chat]
"""
