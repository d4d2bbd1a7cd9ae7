import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { essentialText } from "../../../cli/render/status";
import { createStyle } from "../../../cli/render/style";
import { askPrometheus, firingIn } from "../../../operations/monitoring/prometheus";
import type { Dial, RunningContainer } from "../../../operations/runtime/runtime";
import { alertStatus } from "../../../operations/status/alerts";
import { type Essentials, isTroubled } from "../../../operations/status/status";
import { Checks } from "../../../operations/verify/check";
import { checkTargets } from "../../../operations/verify/targets";

const ENVIRONMENT = { name: "lab", monitoring: { prometheus: {} } } as Parameters<typeof alertStatus>[1];
const NONE = { name: "lab", monitoring: {} } as Parameters<typeof alertStatus>[1];

/** A machine whose containers reach a server; those without `nc` reach nothing. */
async function machine(answer: (request: IncomingMessage) => object | undefined, containers = ["lab-prometheus"]) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const json = answer(request);
    if (json) response.end(JSON.stringify({ status: "success", data: json }));
  });
  onTestFinished(() => void server.close().closeAllConnections());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const dial =
    (container: string): Dial =>
    async (host) => {
      asked.push(`${container} to ${host}`);
      if (!containers.includes(container)) throw new Error(`no nc in ${container}`);
      return connect(port, "127.0.0.1");
    };
  return { asked, dial, find: async (): Promise<RunningContainer | undefined> => undefined };
}

const alert = (alertname: string, severity: string, state = "firing") => ({
  state,
  labels: { alertname, severity },
  annotations: { summary: `${alertname} it is.`, runbook: "npx private-registry status lab" },
  activeAt: "2026-01-01T00:00:00Z",
});

describe("Prometheus is asked", () => {
  test("in its container", async () => {
    const { asked, dial } = await machine(({ url, method }) => ({ url, method }));
    const answer = await askPrometheus({ dial }, ENVIRONMENT, { path: "/api/v1/alerts", limitMs: 10_000 });
    expect(JSON.parse(answer).data).toEqual({ url: "/api/v1/alerts", method: "GET" });
    expect(asked).toEqual(["lab-prometheus to 127.0.0.1"]);
  });

  test("from the registry's when that has no nc", async () => {
    const { asked, dial } = await machine(() => ({}), ["lab-registry"]);
    await askPrometheus({ dial }, ENVIRONMENT, { path: "/", limitMs: 10_000 });
    expect(asked).toEqual(["lab-prometheus to 127.0.0.1", "lab-registry to prometheus"]);
  });

  test("again when an answer is cut off", async () => {
    let asked = 0;
    const { dial } = await machine(
      ({ socket }) => {
        asked += 1;
        if (asked > 1) return {};
        socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
        return undefined;
      },
      ["lab-prometheus", "lab-registry"],
    );
    expect(await askPrometheus({ dial }, ENVIRONMENT, { path: "/", limitMs: 10_000 })).toContain("success");
  });

  test("and given up on in time", async () => {
    const { dial } = await machine(() => undefined, ["lab-prometheus", "lab-registry"]);
    const question = { path: "/", limitMs: 50 };
    await expect(askPrometheus({ dial }, ENVIRONMENT, question)).rejects.toThrow("no answer within 0.05 s");
    const stuck = { dial: () => () => new Promise<never>(() => {}) };
    await expect(askPrometheus(stuck, ENVIRONMENT, question)).rejects.toThrow("no answer within 0.05 s");
  });
});

describe("alerts in status", () => {
  const shown = async (alerts: object[], environment = ENVIRONMENT) => {
    const found = await alertStatus(await machine(() => ({ alerts })), environment);
    const essentials: Essentials = {
      ...{ environment: "lab", url: "http://localhost:5000", dockerHost: "here", containers: [], late: [] },
      ...{ storage: { location: "volume" }, alerts: found },
    };
    return { text: essentialText(essentials, createStyle(false)), isTroubled: isTroubled(essentials, { drift: [] }) };
  };

  test("are those that fire, critical ones first, each with what to do", async () => {
    const { text, isTroubled } = await shown([
      ...[alert("Slow", "warning"), alert("Soon", "critical", "pending"), alert("Down", "critical")],
    ]);
    expect(text).toMatch(
      / alerts +Down: Down it is\.\n +→ npx private-registry status lab\n +Slow: Slow it is\.\n +→ npx private-registry status lab\n/,
    );
    expect(text).not.toContain("Soon");
    expect(isTroubled).toBe(true);
  });

  test("are none, or not asked for", async () => {
    const { text, isTroubled } = await shown([alert("Soon", "critical", "pending")]);
    expect(text).toMatch(/ alerts +none\n/);
    expect(isTroubled).toBe(false);
    expect((await shown([], NONE)).text).not.toContain("alerts");
  });

  test("are not known when Prometheus does not answer", async () => {
    const found = await alertStatus(await machine(() => ({}), []), ENVIRONMENT);
    expect(found).toEqual({ unknown: "no nc in lab-prometheus; no nc in lab-registry" });
  });

  test("need no annotation", () => {
    const bare = JSON.stringify({ data: { alerts: [{ state: "firing", labels: { alertname: "Own" } }] } });
    expect(firingIn(bare)).toEqual([expect.objectContaining({ name: "Own", summary: "" })]);
  });
});

describe("targets in verify", () => {
  const target = (health: string, lastError = "", lastScrape = "2026-01-01T00:00:30Z") => ({
    ...{ labels: { job: "registry" }, scrapeUrl: "http://lab-registry:5001/metrics", health, lastError, lastScrape },
  });
  const found = async (activeTargets: object[], startedAt?: string) => {
    const checks = new Checks(undefined, "lab");
    const container = { isRunning: true, startedAt } as RunningContainer;
    const find = async (name: string) => (name === "lab-registry" && startedAt ? container : undefined);
    await checkTargets(checks, { ...(await machine(() => ({ activeTargets }))), find }, ENVIRONMENT, 0);
    return checks.all[0];
  };

  const isNew = { status: "passed", detail: "not asked since it started: registry" };
  const isDown = {
    status: "failed",
    detail: "registry at http://lab-registry:5001/metrics: connection refused",
    remedy: "private-registry status lab says whether it runs",
  };

  test.each<[string, object[], string | undefined, object]>([
    ["all are up", [target("up")], undefined, { status: "passed", detail: undefined }],
    ["one is down", [target("up"), target("down", "connection refused")], "2026-01-01T00:00:00Z", isDown],
    ["one was down before it was started", [target("down", "refused")], "2026-01-01T00:01:00Z", isNew],
    ["one was down as it started", [target("down", "refused")], "2026-01-01T00:00:20Z", isNew],
    ["one is up since before it was started", [target("up")], "2026-01-01T00:01:00Z", { detail: undefined }],
    ["one is new", [target("unknown")], undefined, isNew],
    ["there are none", [], undefined, { status: "failed", detail: "it asks nothing" }],
  ])("%s", async (_, targets, startedAt, expected) => {
    expect(await found(targets, startedAt)).toMatchObject({ id: "scrape-targets", ...expected });
  });

  test("are waited for while Prometheus starts", async () => {
    const checks = new Checks(undefined, "lab");
    let asked = 0;
    const answers = await machine(() => ({ activeTargets: asked++ === 0 ? [] : [target("up")] }));
    await checkTargets(checks, answers, ENVIRONMENT);
    expect(checks.all[0]).toMatchObject({ status: "passed" });
  });

  test("are not asked for without a Prometheus of our own", async () => {
    const checks = new Checks();
    await checkTargets(checks, await machine(() => ({})), NONE);
    expect(checks.all).toEqual([]);
  });

  test("cannot be asked for", async () => {
    const checks = new Checks(undefined, "lab");
    await checkTargets(checks, await machine(() => ({}), []), ENVIRONMENT);
    expect(checks.all[0]).toMatchObject({ status: "failed", remedy: "private-registry logs lab prometheus says more" });
  });
});
