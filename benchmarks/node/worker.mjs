// Does work with the official TypeScript SDK, one line of JSON in for each piece of work, one out with how long it took.
// Sequential is the loop of the SDK's own documentation; pool is what one writes by hand to have several under way.
import { createInterface } from "node:readline";
import { OpenRouter } from "@openrouter/sdk";

const sdk = new OpenRouter({
  apiKey: process.env.OPENROUTER_MANAGEMENT_KEY,
  serverURL: process.env.OPENROUTER_BASE_URL,
});

async function pool(items, concurrency, work) {
  let next = 0;
  async function lane() {
    while (next < items.length) {
      await work(items[next++]);
    }
  }
  await Promise.all(Array.from({ length: concurrency }, lane));
}

const rotate = ({ id, key }) => sdk.byok.update({ id, updateBYOKKeyRequest: { key } });
const create = ({ provider, name, key }) => sdk.byok.create({ createBYOKKeyRequest: { provider, name, key } });

const works = {
  "list/sequential": async () => {
    const keys = [];
    for await (const page of await sdk.byok.list({ limit: 100 })) {
      keys.push(...page.result.data);
    }
    return keys.length;
  },
  "list/pool": async ({ concurrency }) => {
    const first = (await sdk.byok.list({ limit: 100 })).result;
    const pages = [first.data];
    const offsets = [];
    for (let offset = 100; offset < first.totalCount; offset += 100) {
      offsets.push(offset);
    }
    await pool(offsets, concurrency, async (offset) => {
      pages[offset / 100] = (await sdk.byok.list({ limit: 100, offset })).result.data;
    });
    return pages.flat().length;
  },
  // Nothing is kept: what a stream through a pipeline does.
  "stream/sequential": async () => {
    let count = 0;
    let atFirstPage = 0;
    let peak = 0;
    let early;
    const start = performance.now();
    for await (const page of await sdk.byok.list({ limit: 100 })) {
      count += page.result.data.length;
      if (count === 10000) {
        early = performance.now() - start;
      }
      const now = process.memoryUsage.rss();
      atFirstPage ||= now;
      peak = Math.max(peak, now);
    }
    return { count, growth: peak - atFirstPage, early };
  },
  "rotate/sequential": async ({ rows }) => {
    for (const row of rows) {
      await rotate(row);
    }
    return rows.length;
  },
  "rotate/pool": async ({ rows, concurrency }) => {
    await pool(rows, concurrency, rotate);
    return rows.length;
  },
  "create/sequential": async ({ rows }) => {
    for (const row of rows) {
      await create(row);
    }
    return rows.length;
  },
  "create/pool": async ({ rows, concurrency }) => {
    await pool(rows, concurrency, create);
    return rows.length;
  },
  "delete/sequential": async () => {
    let count = 0;
    for await (const page of await sdk.byok.list({ limit: 100 })) {
      for (const { id } of page.result.data) {
        await sdk.byok.delete({ id });
        count++;
      }
    }
    return count;
  },
  "delete/pool": async ({ concurrency }) => {
    let count = 0;
    for await (const page of await sdk.byok.list({ limit: 100 })) {
      await pool(page.result.data, concurrency, ({ id }) => sdk.byok.delete({ id }));
      count += page.result.data.length;
    }
    return count;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const order = JSON.parse(line);
    const start = performance.now();
    const result = await works[order.work](order);
    const milliseconds = performance.now() - start;
    answer = typeof result === "number" ? { milliseconds, count: result } : { milliseconds, ...result };
  } catch (error) {
    answer = { error: String(error) };
  }
  console.log(JSON.stringify(answer));
}
