// Compares the BYOK part of the official SDK with the description of the API that this project works from, and fails with
// every operation, status, field or provider slug that the SDK has and the description lacks.
//
//   node drift.mjs [byok.openapi.json]
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as models from "@openrouter/sdk/models";
import * as operations from "@openrouter/sdk/models/operations";

const here = dirname(fileURLToPath(import.meta.url));
const description = JSON.parse(await readFile(process.argv[2] ?? join(here, "..", "byok.openapi.json"), "utf8"));
const schemas = description.components.schemas;
const described = Object.values(description.paths).flatMap((path) => Object.values(path));

// Parameters that the SDK sends as headers of every request.
const headers = new Set(["HTTP-Referer", "appTitle", "appCategories"]);
const differences = [];
let compared = 0;

function compare(what, ofSdk, ofDescription) {
  if (ofSdk.length === 0) {
    throw new Error(`Nothing was found in the SDK: ${what}. Its layout has changed, and this script must follow.`);
  }

  compared += ofSdk.length;
  const known = new Set(ofDescription);
  differences.push(...ofSdk.filter((name) => !known.has(name)).map((name) => `${what}: ${name}`));
}

// A schema of the SDK is an object, mostly with a transformation that renames its fields: from the names of the API
// (inbound) or to them (outbound).
function wireFields(schema) {
  const definition = schema?.def;
  if (definition?.type !== "pipe") {
    return Object.keys(schema?.shape ?? {});
  }

  const fields = Object.keys(definition.in.shape);
  const renamed = definition.out.def.transform(Object.fromEntries(fields.map((field) => [field, field])));
  return fields.some((field) => /[A-Z]/.test(field)) ? Object.keys(renamed) : fields;
}

for (const [name, exported] of [
  ["BYOKKey", "BYOKKey$inboundSchema"],
  ["Workspace", "Workspace$inboundSchema"],
  ["CreateBYOKKeyRequest", "CreateBYOKKeyRequest$outboundSchema"],
  ["UpdateBYOKKeyRequest", "UpdateBYOKKeyRequest$outboundSchema"],
  ["ListBYOKKeysResponse", "ListBYOKKeysResponse$inboundSchema"],
  ["CreateBYOKKeyResponse", "CreateBYOKKeyResponse$inboundSchema"],
  ["GetBYOKKeyResponse", "GetBYOKKeyResponse$inboundSchema"],
  ["UpdateBYOKKeyResponse", "UpdateBYOKKeyResponse$inboundSchema"],
  ["DeleteBYOKKeyResponse", "DeleteBYOKKeyResponse$inboundSchema"],
  ["ListWorkspacesResponse", "ListWorkspacesResponse$inboundSchema"],
]) {
  compare(`field of ${name}`, wireFields(models[exported]), Object.keys(schemas[name].properties));
}

for (const [operation, exported] of [
  ["listBYOKKeys", "ListBYOKKeysRequest$outboundSchema"],
  ["listWorkspaces", "ListWorkspacesRequest$outboundSchema"],
]) {
  const parameters = described.find((each) => each.operationId === operation).parameters.map((parameter) => parameter.name);
  compare(`parameter of ${operation}`, wireFields(operations[exported]).filter((name) => !headers.has(name)), parameters);
}

compare("provider slug", Object.values(models.BYOKProviderSlug), schemas.BYOKProviderSlug.enum);

// Operations and their statuses are in no type: they are read from the functions that send the requests.
const functions = join(dirname(fileURLToPath(import.meta.resolve("@openrouter/sdk"))), "funcs");
const files = (await readdir(functions)).filter((file) => /^(byok\w+|workspacesList)\.js$/.test(file));
const sources = await Promise.all(files.map((file) => readFile(join(functions, file), "utf8")));
const found = sources.map((source) => ({
  operation: source.match(/operationID: "(\w+)"/)?.[1],
  statuses: [...source.matchAll(/M\.json(?:Err)?\((\d+),/g)].map((match) => match[1]),
}));
compare("operation", found.map(({ operation }) => operation), described.map((each) => each.operationId));
for (const { operationId, responses } of described) {
  compare(`status of ${operationId}`, found.find(({ operation }) => operation === operationId)?.statuses ?? [], Object.keys(responses));
}

const { version } = JSON.parse(await readFile(join(functions, "..", "..", "package.json"), "utf8"));
if (differences.length > 0) {
  console.error(`The API description lacks what @openrouter/sdk ${version} has:\n  ${differences.join("\n  ")}`);
  process.exit(1);
}

console.log(`The API description has all ${compared} names of @openrouter/sdk ${version}.`);
