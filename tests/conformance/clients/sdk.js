// Copyright (c) 2026, The scaleway.inference contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The life of a deployment through Scaleway's JavaScript SDK, unchanged: node sdk.js v1|v1beta1

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createClient } from "@scaleway/sdk-client";
import { Inferencev1, Inferencev1beta1 } from "@scaleway/sdk-inference";

const version = process.argv[2];
const beta = version === "v1beta1";
const client = createClient({
  accessKey: "SCWEMULATOR123456789",
  secretKey: process.env.SCW_SECRET_KEY,
  apiURL: process.env.SCW_API_URL,
  defaultProjectId: process.env.SCW_DEFAULT_PROJECT_ID,
  defaultOrganizationId: process.env.SCW_DEFAULT_PROJECT_ID,
  defaultRegion: process.env.SCW_DEFAULT_REGION,
});
const api = new (beta ? Inferencev1beta1 : Inferencev1).API(client);

const status = async (call) => {
  try {
    await call();
  } catch (error) {
    return error.status;
  }
  throw new Error("no error");
};

const models = await api.listModels().all();
assert.ok(models.length > 20);
const llama = models.find((model) => model.name === "meta/llama-3.1-8b-instruct:bf16");
assert.deepEqual(await api.getModel({ modelId: llama.id }), llama);

const made = await api.createDeployment({
  name: "sdk_js-1",
  acceptEula: true,
  tags: ["one"],
  ...(beta ? { modelName: llama.name, nodeType: "L4" } : { modelId: llama.id, nodeTypeName: "L4" }),
  endpoints: [beta ? { public: {}, disableAuth: false } : { publicNetwork: {}, disableAuth: false }],
});
assert.deepEqual([made.name, made.tags, made.minSize, made.projectId], ["sdk_js-1", ["one"], 1, process.env.SCW_DEFAULT_PROJECT_ID]);
assert.ok(made.createdAt instanceof Date);
const ready = await api.waitForDeployment({ deploymentId: made.id });
assert.deepEqual([ready.status, ready.size], ["ready", 1]);
const changed = await api.updateDeployment({ deploymentId: made.id, name: "new", tags: [], minSize: 2, maxSize: 2 });
assert.deepEqual([changed.name, changed.tags, changed.maxSize], ["new", [], 2]);
await api.waitForDeployment({ deploymentId: made.id });
assert.deepEqual((await api.listDeployments({ name: "new" }).all()).map((each) => each.id), [made.id]);

const network = randomUUID();
const added = await api.createEndpoint({
  deploymentId: made.id,
  endpoint: { privateNetwork: { privateNetworkId: network }, disableAuth: true },
});
assert.deepEqual([added.privateNetwork.privateNetworkId, added.disableAuth], [network, true]);
assert.equal((await api.updateEndpoint({ endpointId: added.id, disableAuth: false })).disableAuth, false);
// It asks for the file itself (dl=1).
const file = await api.getDeploymentCertificate({ deploymentId: made.id });
assert.match(await file.text(), /BEGIN CERTIFICATE/);
await api.deleteEndpoint({ endpointId: added.id });
assert.ok((await api.listNodeTypes({ includeDisabledTypes: true }).all()).some((each) => each.name === "L4"));

if (beta) {
  assert.match((await api.getModelEula({ modelId: llama.id })).content, /LICENCE/);
  const rule = { ip: "192.0.2.0/24", description: "office" };
  const [one] = (await api.addDeploymentACLRules({ deploymentId: made.id, acls: [rule] })).rules;
  assert.equal(one.description, "office");
  await api.deleteDeploymentACLRule({ aclId: one.id });
  await api.setDeploymentACLRules({ deploymentId: made.id, acls: [rule, { ip: "192.0.2.7", description: "" }] });
  assert.equal((await api.listDeploymentACLRules({ deploymentId: made.id }).all()).length, 2);
} else {
  const model = await api.createModel({ name: "acme/tiny", source: { url: "https://models.test/acme/tiny" } });
  assert.equal((await api.waitForModel({ modelId: model.id })).status, "ready");
  await api.deleteModel({ modelId: model.id });
  assert.equal(await status(() => api.getModel({ modelId: model.id })), 404);
}

assert.equal(await status(() => api.listDeployments({ projectId: randomUUID() }).all()), 403);
await api.deleteDeployment({ deploymentId: made.id });
assert.equal(await status(() => api.getDeployment({ deploymentId: made.id })), 404);
