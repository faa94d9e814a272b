# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module as one would write it on Scaleway's official SDK: it returns the types of GPU node.

It has what is measured and no more: no options, no check of errors.
"""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from scaleway import Client
from scaleway.inference.v1beta1 import InferenceV1Beta1API


def main() -> None:
    module = AnsibleModule(argument_spec={"name": {"type": "str"}}, supports_check_mode=True)
    api = InferenceV1Beta1API(Client.from_config_file_and_env())
    found = api.list_node_types_all(page_size=100, include_disabled_types=False)
    wanted = [vars(one) for one in found if module.params["name"] in (None, one.name)]
    module.exit_json(changed=False, node_types=wanted)


if __name__ == "__main__":
    main()
