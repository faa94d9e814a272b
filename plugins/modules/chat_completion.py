# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: chat_completion
short_description: Ask a model that Scaleway Managed Inference runs
version_added: 0.1.0
description:
  - Sends a conversation to the model of a deployment, and returns what it answers, for instance to prove that the
    deployment works, or to use the answer in a playbook.
  - The endpoint's OpenAI-compatible API is used. What the service doesn't serve of it (C(frequency_penalty), C(n),
    C(top_logprobs), C(logit_bias), C(user)) isn't an option here.
  - It changes nothing, so it never reports a change.
author:
  - The scaleway.inference contributors (@scaleway)
extends_documentation_fragment:
  - scaleway.inference.api
  - scaleway.inference.attributes
  - scaleway.inference.model_request
options:
  prompt:
    description:
      - What to ask. The same as one message of the role V(user) in O(messages).
      - One of O(prompt) and O(messages) is required.
    type: str
  messages:
    description:
      - The conversation so far, oldest message first; each has a C(role) such as V(user), V(assistant), V(system) or
        V(tool), and a C(content). The content is text, or for models that see images a list of parts.
      - The messages are sent as they are, so that one of RV(response) can be sent back; but for nulls, which not every
        server takes, other than that of C(content).
    type: list
    elements: dict
  system:
    description: A message of the role V(system) to begin with, which tells the model how to answer.
    type: str
  max_tokens:
    description: The greatest number of tokens in the answer. If not set, the server decides.
    type: int
  max_completion_tokens:
    description:
      - The same as O(max_tokens), under the name that newer clients send, for servers that only know that one. It
        counts the tokens of a model's reasoning too.
    type: int
  stream:
    description:
      - Whether the answer is sent in pieces, as applications for people ask for it. The task waits for all of them, and
        returns the whole answer, with RV(time_to_first_token) and RV(duration).
    type: bool
    default: false
  temperature:
    description: How freely the model chooses its words, from V(0) on. If not set, the server decides.
    type: float
  top_p:
    description: The model chooses among the likeliest tokens, as many as have this probability together.
    type: float
  presence_penalty:
    description: How much tokens that came already are avoided, from V(-2) to V(2).
    type: float
  seed:
    description: Makes the answer repeatable, as far as the server can.
    type: int
  stop:
    description: Texts at which the answer ends; they aren't part of it.
    type: list
    elements: str
  response_format:
    description: The form of the answer, such as V({"type":"json_object"}), or a JSON schema; see the examples.
    type: dict
  tools:
    description:
      - The functions that the model may ask for, each as C(type) and C(function). Nothing is executed; RV(tool_calls)
        says what the model asks for.
    type: list
    elements: dict
  tool_choice:
    description:
      - Whether the model must ask for a function; V(none), V(auto), V(required), or a dictionary that names the one.
    type: raw
  logprobs:
    description: Whether RV(response) tells how likely each token of the answer was.
    type: bool
seealso:
  - module: scaleway.inference.deployment
  - module: scaleway.inference.embedding
  - module: scaleway.inference.acl
  - name: OpenAI-compatible API
    description: What the endpoint serves.
    link: https://www.scaleway.com/en/docs/generative-apis/reference-content/openai-compatibility/
"""

EXAMPLES = r"""
- name: Prove that the deployment answers
  scaleway.inference.chat_completion:
    deployment: support-chat
    prompt: Answer with one word. What is the capital of France?
    max_tokens: 10
    temperature: 0
  register: answer
  failed_when: answer is failed or (answer is not skipped and 'Paris' not in answer.content)

- name: Have a text sorted, as JSON of a given form
  scaleway.inference.chat_completion:
    deployment: support-chat
    system: You sort the messages of customers.
    prompt: "{{ message }}"
    response_format:
      type: json_schema
      json_schema:
        name: sorted
        schema:
          type: object
          properties:
            topic:
              enum: [invoice, delivery, other]
          required: [topic]
  register: sorted

- name: Show the topic
  ansible.builtin.debug:
    msg: "{{ (sorted.content | from_json).topic }}"

- name: Measure how fast the answer begins, and how long it takes
  scaleway.inference.chat_completion:
    deployment: support-chat
    prompt: Tell a short story.
    max_tokens: 200
    stream: true
  register: measured

- name: Show how many tokens came in a second
  ansible.builtin.debug:
    msg: "{{ (measured.usage.completion_tokens / measured.duration) | round(1) }}"

- name: Go on with a conversation
  scaleway.inference.chat_completion:
    deployment: support-chat
    messages:
      - role: user
        content: What is the capital of France?
      - "{{ answer.response.choices[0].message }}"
      - role: user
        content: And of Spain?

- name: Ask an endpoint in a private network, from a host there
  scaleway.inference.chat_completion:
    endpoint_id: 323ee315-02b1-4ddd-acb2-c94a4ed78039
    prompt: Are you there?
  delegate_to: bastion

- name: Prove that an access rule keeps this address out
  scaleway.inference.chat_completion:
    deployment: support-chat
    prompt: Are you there?
    source_address: 192.0.2.10
  register: refused
  failed_when: refused.error.status | default(0) != 403
"""

RETURN = r"""
content:
  description:
    - What the model said. Null if it said nothing, for instance as it asks for a function.
    - A model that reasons before it answers, and was cut short by O(max_tokens), says nothing either; there is a
      warning then.
  returned: when the model answered
  type: str
  sample: Paris
finish_reason:
  description: Why the answer ended; V(stop), V(length) (O(max_tokens) was reached) or V(tool_calls).
  returned: when the model answered
  type: str
  sample: stop
tool_calls:
  description: The functions of O(tools) that the model asks for. Empty if there are none.
  returned: when the model answered
  type: list
  elements: dict
  contains:
    id:
      description: The ID, for the message of the role V(tool) that gives the function's result.
      type: str
      sample: call_8f3b2c
    type:
      description: Always V(function).
      type: str
      sample: function
    function:
      description: The C(name) of the function, and its C(arguments) as the text of a JSON object.
      type: dict
      sample:
        name: weather
        arguments: '{"city": "Paris"}'
usage:
  description:
    - How many tokens were counted, as the server tells. Null if it doesn't.
    - Of an answer in pieces, it is what the last piece with a count says, as the counts are of all that came so far.
  returned: when the model answered
  type: dict
  contains:
    prompt_tokens:
      description: The tokens of the question.
      type: int
      sample: 21
    completion_tokens:
      description: The tokens of the answer.
      type: int
      sample: 2
    total_tokens:
      description: All of them.
      type: int
      sample: 23
latency:
  description: The seconds between the request and the end of its answer. Earlier attempts don't count.
  returned: when the model answered
  type: float
  sample: 0.412
time_to_first_token:
  description:
    - The seconds between the request and the first piece of the answer, its reasoning included. Null if there was none.
  returned: O(stream=true), when the model answered
  type: float
  sample: 0.087
duration:
  description: The seconds between the request and the end of the answer; the same as RV(latency).
  returned: O(stream=true), when the model answered
  type: float
  sample: 1.96
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
response:
  description:
    - The whole answer, other choices and log probabilities included. With O(stream=true), it is made of the pieces of
      the first choice.
  returned: when the model answered
  type: dict
  sample:
    object: chat.completion
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
from ..module_utils._tasks.chat_completion import TASK


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
