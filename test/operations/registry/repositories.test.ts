import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { RegistryClient } from "../../../operations/registry/client";
import { listRepositories, type RepositoryStatus } from "../../../operations/registry/repositories";

/** A registry of many repositories, two tags each, that takes its time for every answer. */
async function registry(count: number, delayMs: number) {
  const names = Array.from({ length: count }, (_, n) => `team-${String(n).padStart(6, "0")}/app`);
  let atOnce = 0;
  const seen = { most: 0, after: 0, stopped: false };
  const server = createServer(async (request, response) => {
    if (seen.stopped) seen.after += 1;
    atOnce += 1;
    seen.most = Math.max(seen.most, atOnce);
    await sleep(delayMs);
    atOnce -= 1;
    const url = new URL(request.url ?? "", "http://registry");
    if (url.pathname !== "/v2/_catalog") {
      response.end(JSON.stringify({ tags: url.pathname.includes("verify") ? null : ["1", "2"] }));
      return;
    }
    const n = Number(url.searchParams.get("n"));
    const from = url.searchParams.get("last") ? names.indexOf(url.searchParams.get("last") ?? "") + 1 : 0;
    const page = names.slice(from, from + n);
    if (from + n < count) response.setHeader("link", `</v2/_catalog?n=${n}&last=${page.at(-1)}>; rel="next"`);
    response.end(JSON.stringify({ repositories: from === 0 ? ["private-registry/verify", ...page] : page }));
  });
  onTestFinished(() => void server.close().closeAllConnections());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { seen, connect: (signal: AbortSignal) => new RegistryClient({ url, signal }) };
}

async function timed<T>(work: Promise<T>): Promise<[T, number]> {
  const began = Date.now();
  return [await work, Date.now() - began];
}

test("few are listed with their tags, within the bound", async () => {
  const { connect, seen } = await registry(5, 5);
  expect(await listRepositories(connect, { pageSize: 2, boundMs: 5_000 })).toEqual(
    Array.from({ length: 5 }, (_, n) => ({ name: `team-00000${n}/app`, tags: ["1", "2"] })),
  );
  expect(seen.most).toBeLessThanOrEqual(8);
});

test.each([
  ["all names, but not their tags", 400, 10_000, 1, 1000, { counted: 10_000, complete: true }],
  ["not even all names", 200, 10_000, 60, 100, { counted: expect.any(Number), complete: false }],
  ["not even the first answer", 100, 10, 5_000, 100, { unknown: "counting takes longer than 0.1 s" }],
])("of many what is known when the bound passes: %s", async (_, boundMs, count, delayMs, pageSize, expected) => {
  const { connect, seen } = await registry(count, delayMs);
  const [found, took] = await timed(listRepositories(connect, { pageSize, boundMs }));
  expect(found).toEqual(expected);
  expect(took).toBeLessThan(1_500);
  // Nobody goes on asking when nobody listens any more.
  await sleep(100);
  seen.stopped = true;
  await sleep(100);
  expect(seen.after).toBeLessThan(10);
});

test("without a bound everything is listed, several at once", async () => {
  const { connect, seen } = await registry(100, 10);
  expect(await listRepositories(connect, { pageSize: 100 })).toHaveLength(100);
  expect(seen.most).toBe(8);
});

test("what is listed is told as it comes, in order, and how far it is", async () => {
  const { connect } = await registry(50, 3);
  const told: string[] = [];
  const progress: string[] = [];
  const listed = await listRepositories(connect, {
    pageSize: 20,
    onListed: ({ name }) => told.push(name),
    onProgress: (names, known) => progress.push(`${known} of ${names}`),
  });
  expect(told).toEqual((listed as readonly RepositoryStatus[]).map(({ name }) => name));
  // A page of names is listed before the next one is asked for: nobody waits in the dark for all names.
  expect(progress.filter((text, n) => text.split(" ")[2] !== progress[n - 1]?.split(" ")[2])).toEqual([
    "0 of 20",
    "20 of 40",
    "40 of 50",
  ]);
  expect(progress.at(-1)).toBe("50 of 50");
});

test("a registry that refuses says so", async () => {
  const connect = (signal: AbortSignal) => new RegistryClient({ url: "http://127.0.0.1:9", signal });
  expect(await listRepositories(connect, { pageSize: 10, boundMs: 1_000 })).toEqual({
    unknown: expect.stringMatching(/^nobody listens there/),
  });
});
