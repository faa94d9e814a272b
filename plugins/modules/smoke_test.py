# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: smoke_test
short_description: Ask a model of whatever kind whether it answers
version_added: 0.1.0
description:
  - Asks the model of a deployment in the way that it takes - for a text, a vector or a transcription - and fails unless
    it answers. The roles C(deploy) and C(rollout) and the playbook C(smoke_test) ask with it.
  - Once, or with O(wait_for_answers) until it has answered several times in a row, as a deployment may say that it is
    ready before its model answers.
  - It changes nothing, so it never reports a change.
author:
  - The scaleway.inference contributors (@scaleway)
extends_documentation_fragment:
  - scaleway.inference.api
  - scaleway.inference.attributes
  - scaleway.inference.model_request
options:
  kind:
    description:
      - What the model is asked.
      - V(chat) asks O(prompt) at C(/v1/chat/completions). A reasoning model that is cut short may give no text; that is
        a good answer, with a warning.
      - V(embedding) has O(prompt) turned into a vector at C(/v1/embeddings).
      - V(transcription) sends a generated recording of one second to C(/v1/audio/transcriptions), whose text may be
        empty. Scaleway's page for dedicated deployments doesn't list this route.
      - V(none) only asks at C(/v1/models) which models the endpoint serves.
      - V(auto) takes the first of V(chat), V(embedding) and V(transcription) that the tags of the deployed model name,
        see RV(scaleway.inference.model_info#module:models[].capabilities). If they name none, as those of imported
        models, or with O(url), it asks one after the other. Only the statuses 400, 404, 405 and 422 lead to the next
        one; any other failure says nothing about the kind, and fails the task.
      - A model that takes none of them, for instance one that sorts search results, needs V(none).
    type: str
    choices: [auto, chat, embedding, transcription, none]
    default: auto
  prompt:
    description: The question, or the text to turn into a vector.
    type: str
    default: Answer with one word. What is the capital of France?
  wait_for_answers:
    description:
      - How many good answers in a row are waited for, up to 100. With V(0), the model is asked once, and a failure ends
        the task.
      - What may pass while a model starts is waited out - a deployment that is busy, a refused connection, a time-out,
        the statuses 404, 408, 429 and those from 500 on - and each such failure begins the count again. Any other
        failure ends the task at once, such as a refused key or an access rule, or a kind of question that a server
        which lists its models doesn't take.
      - In check mode the model is asked once.
    type: int
    default: 0
  wait_timeout:
    description:
      - How many seconds to wait at most with O(wait_for_answers). No question begins later, unless the last one was
        answered.
    type: int
    default: 3600
seealso:
  - module: scaleway.inference.deployment
  - module: scaleway.inference.chat_completion
  - module: scaleway.inference.embedding
  - module: scaleway.inference.model_info
"""

EXAMPLES = r"""
- name: Prove that the deployment answers, whatever its model does
  scaleway.inference.smoke_test:
    deployment: support-chat

- name: Count a deployment as ready once it has answered three times in a row
  scaleway.inference.smoke_test:
    deployment: support-chat
    wait_for_answers: 3
    wait_timeout: 600

- name: Ask from a host in the private network
  scaleway.inference.smoke_test:
    deployment: support-search
    kind: embedding
  delegate_to: bastion

- name: Only see that the server is up, with a model that takes none of the questions
  scaleway.inference.smoke_test:
    deployment: support-ranking
    kind: none
"""

RETURN = r"""
kind:
  description: What the model was asked; never V(auto), unless the task is skipped.
  returned: when the model answered
  type: str
  sample: chat
content:
  description:
    - The text of a chat or of a transcription. Null for other kinds, and if a model that reasons was cut short.
  returned: when the model answered
  type: str
  sample: Paris
dimensions:
  description: How many numbers the vector has. Null for other kinds than V(embedding).
  returned: when the model answered
  type: int
  sample: 3584
served:
  description: The names of the models that the endpoint serves. Null for other kinds than V(none).
  returned: when the model answered
  type: list
  elements: str
  sample: ["mistral/mistral-7b-instruct-v0.3:bf16"]
answers:
  description: How many good answers came in a row. The other values are those of the last one.
  returned: when the model answered
  type: int
  sample: 3
usage:
  description: How many tokens were counted, as the server tells. Null if it doesn't.
  returned: when the model answered
  type: dict
  sample: {"prompt_tokens": 21, "completion_tokens": 2, "total_tokens": 23}
latency:
  description: The seconds between the request and the end of its answer.
  returned: when the model answered
  type: float
  sample: 0.412
model:
  description: The name of the model that answered.
  returned: when the model answered
  type: str
  sample: mistral/mistral-7b-instruct-v0.3:bf16
url:
  description: The URL of the endpoint.
  returned: when the model answered
  type: str
  sample: https://20043a05-db6e-4ef5-bec6-40089e6d13d0.ifr.fr-par.scaleway.com
deployment:
  description:
    - The deployment as last seen, with the fields of RV(scaleway.inference.deployment#module:deployment).
    - Null if none was found, or it is gone.
  returned: on failure
  type: dict
  sample: {"id": "20043a05-db6e-4ef5-bec6-40089e6d13d0", "name": "support-chat", "status": "error"}
error:
  description:
    - The facts of the last failure, if the service, the model server or the network caused it.
    - Besides these, the fields that the server gave, such as C(code) and C(param).
    - If the endpoint serves other models than the one asked for, they are in C(served).
  returned: on such failures
  type: dict
  contains:
    route:
      description: The request that failed.
      type: str
      sample: POST /v1/chat/completions
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
from ..module_utils._tasks.smoke_test import TASK


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
