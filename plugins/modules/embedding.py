# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: embedding
short_description: Turn texts into vectors with a model that Scaleway Managed Inference runs
version_added: 0.1.0
description:
  - Sends texts to the embedding model of a deployment, and returns a vector for each.
  - The endpoint's OpenAI-compatible API is used.
  - It changes nothing, so it never reports a change.
author:
  - The scaleway.inference contributors (@scaleway)
extends_documentation_fragment:
  - scaleway.inference.api
  - scaleway.inference.attributes
  - scaleway.inference.model_request
options:
  input:
    description: The texts, at least one.
    type: list
    elements: str
    required: true
seealso:
  - module: scaleway.inference.deployment
  - module: scaleway.inference.chat_completion
  - name: OpenAI-compatible API
    description: What the endpoint serves.
    link: https://www.scaleway.com/en/docs/generative-apis/reference-content/openai-compatibility/
"""

EXAMPLES = r"""
- name: Turn two texts into vectors
  scaleway.inference.embedding:
    deployment: search
    input:
      - Where is my parcel?
      - When does my order arrive?
  register: vectors

- name: Show how many numbers a vector has
  ansible.builtin.debug:
    msg: "{{ vectors.embeddings[0] | length }}"
"""

RETURN = r"""
embeddings:
  description: A vector for each text of O(input), in their order.
  returned: when the model answered
  type: list
  elements: list
  sample: [[0.0123, -0.0456, 0.0789]]
usage:
  description: How many tokens were counted, as the server tells. Null if it doesn't.
  returned: when the model answered
  type: dict
  contains:
    prompt_tokens:
      description: The tokens of the question.
      type: int
      sample: 21
    total_tokens:
      description: All of them.
      type: int
      sample: 21
latency:
  description: The seconds between the request and the end of its answer. Earlier attempts don't count.
  returned: when the model answered
  type: float
  sample: 0.412
model:
  description: The name of the model that answered.
  returned: when the model answered
  type: str
  sample: baai/bge-multilingual-gemma2:fp32
url:
  description: The URL of the endpoint.
  returned: when the model answered
  type: str
  sample: https://20043a05-db6e-4ef5-bec6-40089e6d13d0.ifr.fr-par.scaleway.com
response:
  description: The whole answer.
  returned: when the model answered
  type: dict
  sample:
    object: list
deployment:
  description:
    - The deployment as last seen, with the fields of RV(scaleway.inference.deployment#module:deployment).
    - Null if none was found, or it is gone.
  returned: on failure
  type: dict
  sample: {"id": "20043a05-db6e-4ef5-bec6-40089e6d13d0", "name": "support-chat", "status": "error"}
error:
  description:
    - The facts of the failure, if the service, the model server or the network caused it.
    - Besides these, the fields that the server gave, such as C(code) and C(param).
    - If the endpoint serves other models than the one asked for, they are in C(served).
  returned: on such failures
  type: dict
  contains:
    route:
      description: The request that failed.
      type: str
      sample: POST /v1/embeddings
    status:
      description: The HTTP status.
      type: int
      sample: 403
    type:
      description: The kind of error, as the server names it.
      type: str
      sample: permission_error
    request_id:
      description: The ID of the request, which Scaleway's support asks for.
      type: str
      sample: 82b7e8cf-68cc-4f10-9168-87fc8f021e86
    message:
      description: The server's own words.
      type: str
      sample: access is denied
    denied_by:
      description:
        - What denied access. V(rule) means that no access rule of the deployment admits the address, V(permission) that
          the key lacks one, V(key) that the key isn't known, and V(either) that the server doesn't say which of the
          first two. Only with the status 403.
      type: str
      sample: rule
"""

from ..module_utils._module import run_module
from ..module_utils._tasks.embedding import TASK


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
