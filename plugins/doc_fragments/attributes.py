# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the attributes that all modules of the collection share, in the terms of docs.ansible.com."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  action_group:
    description:
      - Use C(group/scaleway.inference.all) in C(module_defaults) to set defaults for all modules of the collection.
    support: full
    membership:
      - scaleway.inference.all
  async:
    description: Supports being run with the C(async) keyword.
    support: full
  check_mode:
    description: Can run in check mode and tell what it would change, without changing anything.
    support: full
    details:
      - What an earlier task of the playbook would have made is predicted, with a warning; what only the service knows
        is null then.
  diff_mode:
    description: Tells what it changes, or would change in check mode, when in diff mode.
notes:
  - With a local connection, and neither C(become) nor C(async), the task runs in the controller's own process, which
    saves starting Python and lets it report its progress. Set the variable C(scaleway_inference_in_process) to
    V(false) to always run it as a module. The results are equal.
  - In the controller's process, progress goes to standard error. Set the variable C(scaleway_inference_progress) to
    V(false) to turn it off.
  - In the controller's process, the task reports the ID of what it creates at once, and ends if C(ansible-playbook) is
    killed. A module can do neither.
"""

    # For modules that change things.
    CHANGES = r"""
options: {}
attributes:
  diff_mode:
    support: full
notes:
  - The key needs the IAM permission set C(GenerativeApisFullAccess), whose older name is C(InferenceFullAccess), for
    the project.
"""

    # For modules that only read.
    READS = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - It changes nothing, so it does the same in check mode.
      - A deployment that isn't there is predicted by the modules that need one, with a warning, as an earlier task may
        make it.
  diff_mode:
    support: N/A
    details: It changes nothing.
notes:
  - The key needs the IAM permission set C(GenerativeApisModelAccess), whose older name is C(InferenceReadOnly), or
    C(GenerativeApisFullAccess), whose older name is C(InferenceFullAccess). Whether the first one may list deployments
    wasn't tried under its new name.
"""
