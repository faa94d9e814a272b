# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: model
short_description: Import a model of your own into Scaleway Managed Inference
version_added: 0.1.0
description:
  - Makes sure that a project has a model of its own, fetched from where it is published, and waits until it can be
    deployed; or that it hasn't.
  - A model is found by its exact name in the project. What it was imported from can't be read back, so a changed
    O(source_url) changes nothing; give the model another name.
  - If two runs import it at the same moment, there may be two for a short while. The older one stays, and both runs
    succeed with it; the run that made the younger deletes it, and lists both steps in RV(steps), with C(changed=true).
  - By Scaleway's pages, the repository needs the weights as C(.safetensors), a C(config.json) with the model's
    architecture, a C(tokenizer.json), and for chat a chat template. Whether it has them shows only in the import, which
    ends with the status V(error) otherwise.
  - By the same pages, imported models have neither tools nor structured output, so C(tools) and C(response_format)
    of M(scaleway.inference.chat_completion) aren't for them. Their only tag is V(custom), whatever they do.
  - An import may be ready at once.
  - Models of the service's catalog can't be removed, nor those that a deployment uses.
  - Needs O(api_version=v1).
author:
  - The scaleway.inference contributors (@scaleway)
extends_documentation_fragment:
  - scaleway.inference.api
  - scaleway.inference.attributes
  - scaleway.inference.attributes.changes
options:
  state:
    description: Whether the model should exist.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - The name of the model, which no other of the project has. One of O(name) and O(id) is required; V(present) needs
        the name.
      - Scaleway's SDK takes letters, digits, and the characters C(- _ / . :). Others are sent as they are, with a
        warning.
    type: str
  id:
    description: The ID of the model to remove.
    type: str
  source_url:
    description:
      - Where the service fetches the model from - the URL of a repository of Hugging Face, such as
        V(https://huggingface.co/mistralai/Mistral-7B-Instruct-v0.3). Scaleway's pages name no other source; Object
        Storage was only announced.
      - A URL that surely can't be imported is an error before the import, in check mode too - one without a host, and a
        page of Hugging Face that isn't the repository of a model. Another source is sent as it is, with a warning.
      - Required to import a model.
      - A user, a password and a query in it are hidden in whatever the task shows, and so are the query's values of at
        least 8 characters by themselves.
    type: str
  source_secret:
    description: What opens the source, where it is closed, such as a token of Hugging Face. It is shown nowhere; if
      it has less than 5 characters, only where it isn't a part of another text.
    type: str
  wait:
    description: Whether to wait until the model is ready to be deployed.
    type: bool
    default: true
  wait_timeout:
    description: How many seconds to wait at most, from 0 to 604800. The next run waits on.
    type: int
    default: 3600
seealso:
  - module: scaleway.inference.model_info
"""

EXAMPLES = r"""
- name: Import a model
  scaleway.inference.model:
    api_version: v1
    name: deepcoder-14b
    source_url: https://huggingface.co/agentica-org/DeepCoder-14B-Preview
  register: imported

- name: Run it on the first node type that can
  scaleway.inference.deployment:
    api_version: v1
    name: coder
    model: "{{ imported.model.id }}"
    node_type: "{{ imported.model.compatible_node_types | first }}"

- name: Remove it
  scaleway.inference.model:
    api_version: v1
    name: deepcoder-14b
    state: absent
"""

RETURN = r"""
model:
  description:
    - The model. Null if it doesn't exist, or no longer exists.
    - In check mode, what only the service can know is null.
    - If the task fails, the model as last seen.
  returned: always, also on failure
  type: dict
  contains:
    id:
      description: The ID.
      type: str
      sample: bf6be106-c53d-4b93-bb33-1a4bd4d0b573
    name:
      description: The name, C(vendor/model:version) for those of the catalog.
      type: str
      sample: mistral/mistral-7b-instruct-v0.3:bf16
    project_id:
      description: The ID of the project that the model belongs to. Null for those of the catalog.
      type: str
      sample:
    is_public:
      description: Whether the model is of the catalog.
      type: bool
      sample: true
    provider:
      description: Who made the model. Null if the service doesn't say.
      type: str
      sample: mistral
    tags:
      description: What the model is for, as the service spells it.
      type: list
      elements: str
      sample: [custom]
    capabilities:
      description:
        - What the model can do, as in RV(scaleway.inference.model_info#module:models[].capabilities).
        - Empty if the tags don't tell, as those of imported models, which are tagged C(custom) only.
      type: list
      elements: str
      sample: []
    description:
      description: What the model is, in the service's words.
      type: str
      sample: A small model for chat.
    has_eula:
      description:
        - Whether the model has a licence that must be accepted with
          O(scaleway.inference.deployment#module:accept_eula).
      type: bool
      sample: false
    region:
      description: The region.
      type: str
      sample: fr-par
    status:
      description: V(preparing), V(downloading), V(ready) or V(error). Null with O(api_version=v1beta1).
      type: str
      sample: ready
    error_message:
      description: What went wrong with the model's import. Null if nothing did, and with O(api_version=v1beta1).
      type: str
      sample:
    compatible_node_types:
      description:
        - The node types that the model can be deployed on. For an import in check mode, all that there are.
      type: list
      elements: str
      sample: [L4, L40S, H100, H100-2]
    nodes_support:
      description: How the model runs on each node type. Null with O(api_version=v1beta1).
      type: list
      elements: dict
      contains:
        node_type:
          description: The name of the node type.
          type: str
          sample: L4
        quantizations:
          description: The choices of quantization.
          type: list
          elements: dict
          contains:
            bits:
              description: The number of bits of each parameter.
              type: int
              sample: 16
            allowed:
              description: Whether the model runs so on this node type.
              type: bool
              sample: true
            max_context_size:
              description: The greatest context then, in tokens.
              type: int
              sample: 32768
    quantization_level:
      description: The number format of the parameters. Null with O(api_version=v1).
      type: str
      sample: bf16
    parameter_size_bits:
      description: The number of bits of each parameter as published. Null with O(api_version=v1beta1).
      type: int
      sample: 16
    size_bytes:
      description: The size in bytes. Null with O(api_version=v1beta1).
      type: int
      sample: 28995471292
    created_at:
      description: When it was added, RFC 3339.
      type: str
      sample: "2025-03-27T16:49:14.593008Z"
    updated_at:
      description: When it last changed, RFC 3339. Null before the first change.
      type: str
      sample: "2025-05-09T13:51:54.595513Z"
steps:
  description: What was done, or would be done in check mode, in words. Empty if nothing had to be.
  returned: success
  type: list
  elements: str
  sample: [import model deepcoder-14b]
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
from ..module_utils._tasks.model import TASK


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
