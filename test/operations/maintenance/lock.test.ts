import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { takeLock, whileLocked } from "../../../operations/maintenance/lock";
import { LocalSite } from "../../support/local-site";
import { eventually, temporaryDirectory } from "../../support/process";

const path = temporaryDirectory();
let sites = 0;
const newSite = () => new LocalSite(path(String(++sites)));

/** Who holds the lock. */
const lockHolder = async (site: LocalSite) =>
  existsSync(site.path("lock")) ? JSON.parse(readFileSync(site.path("lock"), "utf8")) : undefined;

/** A holder's line, as another machine would write it. */
const foreign = (more: object = {}) =>
  JSON.stringify({
    ...{ id: "0123", operation: "backup", since: "2026-11-26T18:00:00.000Z", user: "ann", host: "elsewhere", pid: 1 },
    ...more,
  });

function age(file: string, seconds: number): void {
  const then = Date.now() / 1000 - seconds;
  utimesSync(file, then, then);
}

test("one at a time; what holds it is told, and it is free afterwards", async () => {
  const site = newSite();
  const lock = await takeLock(site, "gc");
  expect(await lockHolder(site)).toMatchObject({ operation: "gc", host: hostname(), pid: process.pid });
  await expect(takeLock(site, "backup")).rejects.toThrow(
    /^gc of local runs since 20\d\d-.* UTC \(.*@.*, process \d+\)$/,
  );
  await lock.release();
  expect(await lockHolder(site)).toBeUndefined();
  await (await takeLock(site, "backup")).release();
  expect(readdirSync(path(String(sites)))).toEqual([]);
});

test("it is released after a failure", async () => {
  const site = newSite();
  await expect(whileLocked(site, "gc", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await lockHolder(site)).toBeUndefined();
});

test("a holder elsewhere counts as gone after 90 s without a sign, not before", async () => {
  const site = newSite();
  writeFileSync(site.path("lock"), foreign());
  age(site.path("lock"), 80);
  await expect(takeLock(site, "gc")).rejects.toThrow(
    "backup of local runs since 2026-11-26 18:00 UTC (ann@elsewhere, process 1)",
  );
  age(site.path("lock"), 91);
  await (await takeLock(site, "gc")).release();
});

test("a holder on this machine whose process is gone is taken over at once", async () => {
  const site = newSite();
  writeFileSync(site.path("lock"), foreign({ host: hostname(), pid: 2 ** 22 + 12_345 }));
  await (await takeLock(site, "gc")).release();
  writeFileSync(site.path("lock"), foreign({ host: hostname(), pid: process.pid }));
  await expect(takeLock(site, "gc")).rejects.toThrow("backup of local runs");
});

test.each(process.env.CI ? [1, 2, 3] : [1])("of many who see a stale lock, one gets it (%d)", async () => {
  const site = newSite();
  writeFileSync(site.path("lock"), foreign());
  age(site.path("lock"), 1000);
  const tries = await Promise.allSettled(Array.from({ length: 25 }, () => takeLock(site, "gc")));
  expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  for (const one of tries) if (one.status === "rejected") expect(String(one.reason)).toMatch(/runs since|works on/);
  expect(readdirSync(path(String(sites)))).toEqual(["lock"]);
});

test("it is renewed; one that went with its container is taken again; one that somebody else took is lost", async () => {
  const site = newSite();
  const lock = await takeLock(site, "gc", 20);
  age(site.path("lock"), 80);
  const isFresh = async () =>
    Number(await site.script(`echo $(( $(date +%s) - $(stat -c %Y "${site.path("lock")}") ))`)) < 5;
  await eventually("it is renewed", isFresh);
  rmSync(site.path("lock"));
  await eventually("it is taken again", async () => (await lockHolder(site))?.operation === "gc");
  expect(lock.lost.aborted).toBe(false);
  writeFileSync(site.path("lock"), foreign());
  await eventually("it is lost", async () => lock.lost.aborted);
  await lock.release();
  await sleep(50);
  expect(readFileSync(site.path("lock"), "utf8")).toBe(foreign());
});

test("an engine that answers slower than renewals are due loses no lock, and gets none back after the release", async () => {
  const site = newSite();
  let asked = 0;
  const slow = Object.assign(Object.create(site) as typeof site, {
    script: async (...args: Parameters<typeof site.script>) => {
      asked++;
      await sleep(60);
      return site.script(...args);
    },
  });
  const lock = await takeLock(slow, "gc", 5);
  rmSync(site.path("lock"));
  await eventually("it was asked often enough", async () => asked > 6);
  expect([lock.lost.aborted, (await lockHolder(site))?.operation]).toEqual([false, "gc"]);
  rmSync(site.path("lock"));
  await lock.release();
  await sleep(200);
  expect(await lockHolder(site)).toBeUndefined();
});

test("it holds the neighbours, which share the storage, and none of them when one is held by somebody else", async () => {
  const [site, free, busy] = [newSite(), newSite(), newSite()];
  const held = await takeLock(busy, "backup");
  site.neighbours = [free, busy];
  await expect(takeLock(site, "gc")).rejects.toThrow(/^backup of local runs since/);
  expect([await lockHolder(site), await lockHolder(free)]).toEqual([undefined, undefined]);
  await held.release();
  const lock = await takeLock(site, "gc");
  expect(await lockHolder(busy)).toMatchObject({ operation: "gc" });
  await lock.release();
  expect(await lockHolder(busy)).toBeUndefined();
});

test("what loses the lock of a neighbour is told", async () => {
  const [site, other] = [newSite(), newSite()];
  site.neighbours = [other];
  const lock = await takeLock(site, "gc", 20);
  writeFileSync(other.path("lock"), foreign());
  await eventually("it is lost", async () => lock.lost.aborted);
  await lock.release();
});
