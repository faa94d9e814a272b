// Copyright (c) 2026, The scaleway.inference contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// An endpoint through the package openai, unchanged: node openai.js URL MODEL EMBEDDER_URL EMBEDDER

import assert from "node:assert/strict";
import OpenAI from "openai";

const [url, model, embedderUrl, embedder] = process.argv.slice(2);
const apiKey = process.env.SCW_SECRET_KEY;
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
const question = "What is the capital of France?";
const messages = [{ role: "user", content: question }];

const { data } = await client.models.list();
assert.deepEqual(data.map((each) => each.id), [model]);
const answer = await client.chat.completions.create({ model, messages });
const whole = answer.choices[0].message.content;
assert.ok(whole.includes(question));
assert.ok(answer.usage.total_tokens > 0);

let streamed = "";
for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) {
  streamed += chunk.choices[0]?.delta?.content ?? "";
}
assert.equal(streamed, whole);

const tool = { type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } };
const called = await client.chat.completions.create({ model, messages, tools: [tool], tool_choice: "required" });
assert.equal(called.choices[0].message.tool_calls[0].function.name, "weather");
await assert.rejects(client.chat.completions.create({ model: "gpt-4o", messages }), (error) => [404, 422].includes(error.status));
await assert.rejects(
  new OpenAI({ baseURL: `${url}/v1`, apiKey: "wrong", maxRetries: 0 }).models.list(),
  (error) => [401, 403].includes(error.status),
);

const vectors = new OpenAI({ baseURL: `${embedderUrl}/v1`, apiKey, maxRetries: 0 });
const made = await vectors.embeddings.create({ model: embedder, input: [question] });
assert.ok(made.data[0].embedding.length > 1000);
