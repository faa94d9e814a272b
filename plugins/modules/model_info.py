# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: model_info
short_description: Read the models of Scaleway Managed Inference
version_added: 0.1.0
description:
  - Lists the models of the catalog and of one's projects, all pages, by exact name or ID, by tags, and by the
    node type that they can be deployed on.
author:
  - The scaleway.inference contributors (@scaleway)
extends_documentation_fragment:
  - scaleway.inference.api
  - scaleway.inference.attributes
  - scaleway.inference.attributes.reads
options:
  model:
    description:
      - The name or the ID of a model; the ID is tried first, in whichever project.
      - Only that one is listed. Of a name, it is all models of exactly that name, and none if there is none; neither is
        an error here.
    type: str
  project_id:
    description:
      - Asks the service for the models of this project. Unlike elsewhere, it isn't taken from the environment or
        O(config_file), so that by default every model that the key may see is listed.
    type: str
  tags:
    description:
      - Only models that have all of these tags, such as V(chat), V(vision), V(code), V(embedding) or V(featured).
      - The service has changed the spelling of tags before. A tag that means one of RV(models[].capabilities) stands
        for all its spellings, so that V(embedding) and V(embeddings) find the same models.
    type: list
    elements: str
  node_type:
    description: Only models that can be deployed on nodes of this type.
    type: str
  with_eula:
    description:
      - Whether the text of each model's licence is read too, with a request for each model that has one. Needs
        O(api_version=v1beta1).
    type: bool
    default: false
  order_by:
    description: The order of the list. V(display_rank_asc) is that of Scaleway's console.
    type: str
    choices: [display_rank_asc, created_at_asc, created_at_desc, name_asc, name_desc]
    default: display_rank_asc
seealso:
  - module: scaleway.inference.node_type_info
"""

EXAMPLES = r"""
- name: List the models that run on an L4 node
  scaleway.inference.model_info:
    node_type: L4
  register: found

- name: Show their names
  ansible.builtin.debug:
    msg: "{{ found.models | map(attribute='name') }}"

- name: Read the licence of a model before accepting it
  scaleway.inference.model_info:
    model: meta/llama-3.1-8b-instruct:fp8
    with_eula: true

- name: List the models that make vectors
  scaleway.inference.model_info:
    tags: [embedding]

- name: See with how many bits and how much context a model runs on which node type
  scaleway.inference.model_info:
    api_version: v1
    model: meta/llama-3.1-8b-instruct:bf16
"""

RETURN = r"""
models:
  description:
    - The models. Empty if there is none such.
    - A field that the service left out, or returned in another form than documented, is null; the latter with a
      warning. A model that has no ID is left out with a warning.
  returned: success
  type: list
  elements: dict
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
      sample: [instruct, chat]
    capabilities:
      description:
        - What the model can do, by its tags, whatever their spelling; V(chat), V(vision), V(audio), V(embedding) and
          V(transcription), in this order.
        - Empty if the tags don't tell, as those of imported models, which are tagged C(custom) only.
      type: list
      elements: str
      sample: [chat, vision]
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
    eula:
      description: The text of the licence. Null if the model has none.
      returned: O(with_eula=true)
      type: str
      sample: By using this model, you agree to...
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
      description: The node types that the model can be deployed on.
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
from ..module_utils._tasks.model_info import TASK


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
