# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An endpoint through the packages openai and langchain-openai, unchanged.

python_openai.py URL MODEL EMBEDDER_URL EMBEDDER

It fails with an AssertionError or the client's own error.
"""

from __future__ import annotations

import os
import sys

import openai
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from openai import OpenAI

URL, MODEL, EMBEDDER_URL, EMBEDDER = sys.argv[1:]
KEY = os.environ["SCW_SECRET_KEY"]
QUESTION = "What is the capital of France?"


def weather(city: str) -> str:
    """The weather in a city."""
    return city


def with_openai() -> None:
    client = OpenAI(base_url=f"{URL}/v1", api_key=KEY, max_retries=0)
    assert [model.id for model in client.models.list()] == [MODEL]
    messages = [{"role": "user", "content": QUESTION}]
    whole = client.chat.completions.create(model=MODEL, messages=messages).choices[0].message.content
    assert QUESTION in whole
    stream = client.chat.completions.create(model=MODEL, messages=messages, stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices) == whole
    try:
        client.chat.completions.create(model="gpt-4o", messages=messages)
    except (openai.NotFoundError, openai.UnprocessableEntityError):
        pass
    else:
        raise AssertionError("no error")
    embedder = OpenAI(base_url=f"{EMBEDDER_URL}/v1", api_key=KEY, max_retries=0)
    assert len(embedder.embeddings.create(model=EMBEDDER, input=[QUESTION]).data[0].embedding) > 1000


def with_langchain() -> None:
    chat = ChatOpenAI(base_url=f"{URL}/v1", api_key=KEY, model=MODEL, max_retries=0)
    answer = chat.invoke(QUESTION)
    assert QUESTION in answer.content
    assert answer.usage_metadata["total_tokens"] > 0
    assert "".join(chunk.content for chunk in chat.stream(QUESTION)) == answer.content
    (call,) = chat.bind_tools([weather], tool_choice="weather").invoke(QUESTION).tool_calls
    assert (call["name"], list(call["args"])) == ("weather", ["city"])
    # Texts as they are: the tokens of OpenAI's own models mean nothing to others.
    embeddings = OpenAIEmbeddings(
        base_url=f"{EMBEDDER_URL}/v1", api_key=KEY, model=EMBEDDER, check_embedding_ctx_length=False, max_retries=0
    )
    assert len(embeddings.embed_query(QUESTION)) > 1000
    assert len(embeddings.embed_documents(["a", "b"])) == 2


with_openai()
with_langchain()
