// Runs the official SDK's BYOK operations against the server at OPENROUTER_BASE_URL with the key in
// OPENROUTER_MANAGEMENT_KEY. It expects an account with at least three pages of ten keys in its default
// workspace, prints a line for each operation, and ends with a status other than 0 at the first difference.
import assert from "node:assert/strict";
import { OpenRouter } from "@openrouter/sdk";

const serverURL = process.env.OPENROUTER_BASE_URL;
const apiKey = process.env.OPENROUTER_MANAGEMENT_KEY;
assert.ok(serverURL, "OPENROUTER_BASE_URL is not set");
assert.ok(apiKey, "OPENROUTER_MANAGEMENT_KEY is not set");

const rawKey = "sk-proof-0123456789-AbCd";
const rotatedKey = "sk-rotated-9876543210-WxYz";
const sdk = new OpenRouter({ apiKey, serverURL, retryConfig: { strategy: "none" } });

async function operation(name, run) {
  try {
    console.log(`ok   ${name}: ${await run()}`);
  } catch (error) {
    console.error(`FAIL ${name}: ${error?.stack ?? error}`);
    process.exit(1);
  }
}

async function listAll(filter = {}) {
  const keys = [];
  let pages = 0;
  let total;
  for await (const page of await sdk.byok.list({ limit: 10, ...filter })) {
    // A server that ignores the offset would send pages without end.
    assert.ok(++pages < 1000, "the pages never end");
    total = page.result.totalCount;
    keys.push(...page.result.data);
  }
  return { keys, pages, total };
}

let before;
let created;

await operation("list", async () => {
  before = await listAll();
  assert.ok(before.pages >= 3, `expected several pages, got ${before.pages}`);
  assert.equal(before.keys.length, before.total);
  assert.equal(new Set(before.keys.map((key) => key.id)).size, before.total);
  return `${before.keys.length} keys in ${before.pages} pages`;
});

await operation("list by provider", async () => {
  const provider = before.keys[0].provider;
  const expected = before.keys.filter((key) => key.provider === provider).length;
  const { keys, total } = await listAll({ provider });
  assert.equal(total, expected);
  assert.equal(keys.length, expected);
  assert.ok(keys.every((key) => key.provider === provider));
  return `${total} keys of ${provider}`;
});

await operation("get", async () => {
  const { data } = await sdk.byok.get({ id: before.keys[0].id });
  assert.deepEqual(data, before.keys[0]);
  return data.label;
});

await operation("create", async () => {
  const startedAt = Date.now();
  const { data } = await sdk.byok.create({
    createBYOKKeyRequest: {
      provider: "amazon-bedrock/claude-on-aws",
      key: rawKey,
      name: "proof",
      isFallback: true,
      allowedModels: ["anthropic/claude-sonnet-4.5"],
    },
  });
  created = data;
  assert.equal(data.provider, "amazon-bedrock/claude-on-aws");
  assert.equal(data.name, "proof");
  assert.equal(data.label, "sk-...AbCd");
  assert.equal(data.isFallback, true);
  assert.equal(data.isByokOnly, false);
  assert.equal(data.isRequired, false);
  assert.equal(data.disabled, false);
  assert.equal(data.declaredZdr, null);
  assert.deepEqual(data.allowedModels, ["anthropic/claude-sonnet-4.5"]);
  assert.equal(data.allowedUserIds, null);
  assert.equal(data.allowedApiKeyHashes, null);
  assert.ok(Math.abs(Date.parse(data.createdAt) - startedAt) < 60_000, `created at ${data.createdAt}`);
  assert.ok(!JSON.stringify(data).includes(rawKey), "the raw key came back");
  assert.equal((await listAll()).total, before.total + 1);
  return data.label;
});

await operation("update", async () => {
  const { data } = await sdk.byok.update({
    id: created.id,
    updateBYOKKeyRequest: { key: rotatedKey, name: null, disabled: true, allowedModels: null },
  });
  assert.deepEqual(data, { ...created, label: "sk-...WxYz", name: null, disabled: true, allowedModels: null });
  assert.deepEqual((await sdk.byok.get({ id: created.id })).data, data);
  return data.label;
});

await operation("refusals", async () => {
  const exclusive = { updateBYOKKeyRequest: { isByokOnly: true }, id: created.id };
  await assert.rejects(sdk.byok.update(exclusive), { statusCode: 400 });
  const stranger = new OpenRouter({ apiKey: "sk-or-v1-ordinary", serverURL, retryConfig: { strategy: "none" } });
  await assert.rejects(stranger.byok.get({ id: created.id }), { statusCode: 401 });
  return "400 and 401 as typed errors";
});

await operation("delete", async () => {
  assert.equal((await sdk.byok.delete({ id: created.id })).deleted, true);
  await assert.rejects(sdk.byok.get({ id: created.id }), { statusCode: 404 });
  await assert.rejects(sdk.byok.delete({ id: created.id }), { statusCode: 404 });
  const after = await listAll();
  assert.deepEqual(after.keys.map((key) => key.id), before.keys.map((key) => key.id));
  return `${after.total} keys left`;
});

await operation("workspaces", async () => {
  const names = [];
  for await (const page of await sdk.workspaces.list({ limit: 10 })) {
    names.push(...page.result.data.map((workspace) => workspace.name));
  }
  assert.ok(names.length >= 1);
  return names.join(", ");
});
