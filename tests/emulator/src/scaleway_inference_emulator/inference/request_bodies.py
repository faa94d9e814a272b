# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schemas of the request bodies of the inference API."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

#: Parameters of OpenAI's API that the service doesn't serve.
NOT_SERVED = ("frequency_penalty", "n", "top_logprobs", "logit_bias", "user")

Texts = Annotated[list[str], Field(min_length=1)]


class Body(BaseModel):
    """The fields of every request. Unknown parameters are ignored."""

    model: str

    @model_validator(mode="before")
    @classmethod
    def _served(cls, body: Any) -> Any:
        for name in NOT_SERVED:
            if isinstance(body, dict) and body.get(name) is not None:
                raise PydanticCustomError("not_served", "{param} isn't served", {"param": name})
        return body


class StreamOptions(BaseModel):
    """``include_usage``: send a last chunk with the numbers of tokens."""

    include_usage: bool | None = False


class Sampling(Body):
    """How to generate text. Parameters that only matter to a real model are checked, and have no effect."""

    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None

    @model_validator(mode="after")
    def _stream_options_need_stream(self) -> Sampling:
        if self.stream_options and not self.stream:
            raise PydanticCustomError("stream_options", "stream_options is for streams only")
        return self

    @property
    def limit(self) -> int | None:
        """The most tokens of the answer. The newer name of the parameter counts if both are given."""
        return self.max_completion_tokens or self.max_tokens

    @property
    def stops(self) -> list[str]:
        """The texts before which the answer ends."""
        return [self.stop] if isinstance(self.stop, str) else self.stop or []

    @property
    def include_usage(self) -> bool:
        """Whether a stream ends with the numbers of tokens."""
        return self.stream_options is not None and bool(self.stream_options.include_usage)


class TextPart(BaseModel):
    """A part of a message that is text."""

    type: Literal["text"]
    text: str


class ImageUrl(BaseModel):
    """Where an image is, or the image itself as ``data:``. The emulator doesn't read it."""

    url: Annotated[str, Field(min_length=1)]


class ImagePart(BaseModel):
    """A part of a message that is an image."""

    type: Literal["image_url"]
    image_url: ImageUrl

    @property
    def text(self) -> str:
        """What the emulator sees."""
        return "[image]"


Part: TypeAlias = Annotated[TextPart | ImagePart, Field(discriminator="type")]


class Message(BaseModel):
    """A message of a conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part] | None = None

    @property
    def has_image(self) -> bool:
        """Whether a part of the message is an image."""
        return isinstance(self.content, list) and any(isinstance(part, ImagePart) for part in self.content)

    @property
    def text(self) -> str:
        """The whole text of the message."""
        return self.content if isinstance(self.content, str) else "".join(part.text for part in self.content or ())


class Function(BaseModel):
    """A function: what it does, and the JSON schema of its arguments."""

    name: Annotated[str, Field(min_length=1)]
    description: str | None = ""
    parameters: dict[str, Any] | None = {}


class Tool(BaseModel):
    """A tool that the model may call."""

    type: Literal["function"]
    function: Function


class FunctionName(BaseModel):
    """A function, by its name."""

    name: str


class NamedTool(BaseModel):
    """The tool that the model has to call."""

    type: Literal["function"]
    function: FunctionName


class JsonSchema(BaseModel):
    """A JSON schema, with the name that the client gave it."""

    name: str | None = ""
    schema_: Annotated[dict[str, Any], Field(alias="schema")]


class PlainFormat(BaseModel):
    """Any text, or any JSON object."""

    type: Literal["text", "json_object"]


class SchemaFormat(BaseModel):
    """JSON according to a schema."""

    type: Literal["json_schema"]
    json_schema: JsonSchema


ToolChoice: TypeAlias = Literal["none", "auto", "required"] | NamedTool
ResponseFormat: TypeAlias = Annotated[PlainFormat | SchemaFormat, Field(discriminator="type")]


class Chat(Sampling):
    """``POST /v1/chat/completions``."""

    messages: Annotated[list[Message], Field(min_length=1)]
    response_format: ResponseFormat | None = None
    logprobs: bool | None = None
    tools: list[Tool] | None = None
    tool_choice: ToolChoice | None = None


class Completion(Sampling):
    """``POST /v1/completions``."""

    prompt: str | Texts


class Embedding(Body):
    """``POST /v1/embeddings``."""

    input: Annotated[str, Field(min_length=1)] | Texts
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: int | None = None
