import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Htpasswd } from "../../constructs";
import { LOG_FORMAT } from "../../constructs/values/choices";
import { distributionLog } from "../../operations/audit/distribution-log";
import { auditLine } from "../../operations/audit/event";
import { RegistryClient } from "../../operations/registry/client";
import { ConfiguredRegistry } from "../support/configured-registry";
import { eventually, temporaryDirectory } from "../support/process";
import { digestOf, pushImages } from "../support/push-images";
import { basic } from "../support/registry-process";
import { describeWithTools } from "../support/tools";

const path = temporaryDirectory();

/** None of them may be in a line that is kept. */
const SECRETS = {
  password: "Pa55word-of-alice",
  wrong: "Wr0ng-of-alice",
  typed: "typed-into-the-name",
  bearer: "bearer-t0ken",
  query: "query-s1gnature",
  referer: "referer-s3cret",
  http: "of-http-secret-0123456789abcdef",
};

const AGENT = "audited/1.0";

describeWithTools("the registry's log says who did what", ["registry"], ({ registry }) => {
  const registries = new ConfiguredRegistry(registry, path);

  test.each(LOG_FORMAT.words)("as %s, and nothing secret is in what is kept of it", async (formatter) => {
    const file = path(`users-${formatter}`);
    writeFileSync(file, Htpasswd.empty.with("alice", SECRETS.password).toString());
    const { log, accessLog, digest, other } = await traffic(formatter, file);
    const read = distributionLog();
    // As they come from a container: both streams.
    const events = [...accessLog.split("\n"), ...log.split("\n")].flatMap((line) => read(line) ?? []);
    const kept = events.map(auditLine).join("\n");

    expect(log, "the secrets were there to be found").toContain(SECRETS.query);
    for (const secret of Object.values(SECRETS)) expect(kept).not.toContain(secret);
    expect(kept).not.toMatch(/authorization|basic |_state|\$2[aby]\$/i);

    const alice = { user: "alice", address: "127.0.0.1", agent: AGENT };
    const app = { ...alice, repository: "team/app" };
    expect(events).toMatchObject([
      { action: "login", ...alice, result: "ok", status: 200 },
      { action: "push", ...app, tag: "v0", result: "ok", status: 201 },
      { action: "push", ...app, tag: "v0", result: "ok", status: 201 },
      { action: "pull", ...app, digest, result: "ok", status: 200 },
      { action: "mount", ...alice, repository: "other/app", from: "team/app", digest: other, result: "ok" },
      { action: "pull", ...app, tag: "v0", result: "ok" },
      { action: "failed", user: "alice", result: "wrong user or password", status: 401, address: "127.0.0.1" },
      { action: "failed", result: "wrong user or password", address: "203.0.113.9", forwarded: true },
      { action: "failed", repository: "team/app", tag: "v0", result: "no login" },
      { action: "push", ...app, tag: "broken", result: "unknown", status: 500 },
      { action: "pull", ...app, tag: "absent", result: "manifest unknown", status: 404 },
      { action: "delete", ...app, tag: "v0", result: "ok", status: 202 },
      { action: "delete", ...app, digest, result: "ok", status: 202 },
      { action: "delete", ...app, digest, result: "manifest unknown", status: 404 },
    ]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    for (const { time } of events) expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(60_000);
  });

  /** What people and their clients do, in the order in which it is expected above. */
  async function traffic(formatter: (typeof LOG_FORMAT.words)[number], users: string) {
    const running = await registries.start({
      log: { level: "info", formatter, accesslog: { disabled: false }, fields: { environment: "test" } },
      auth: { htpasswd: { realm: "registry", path: users } },
      storage: { delete: { enabled: true } },
      http: { secret: SECRETS.http },
    });
    const { url } = running;
    const headers = { "user-agent": AGENT };
    const alice = new RegistryClient({ url, login: { user: "alice", password: SECRETS.password } });
    const ask = (method: string, target: string, more: Record<string, string> = {}, body?: string) =>
      fetch(`${url}${target}`, { method, body, headers: { ...headers, ...more } });
    const asAlice = basic("alice", SECRETS.password);

    await ask("GET", "/v2/");
    await ask("GET", "/v2/", asAlice);
    const agreed = { request: named(alice) } as RegistryClient;
    await pushImages(agreed, { repository: "team/app", images: 1, layers: 1, bytes: 10 });
    const [pushed = ""] = await pushImages(agreed, { repository: "team/app", images: 1, layers: 1, bytes: 10 });
    const digest = pushed.split("@")[1] ?? "";
    const manifest = await (await ask("GET", `/v2/team/app/manifests/${digest}`, { ...asAlice, ...ACCEPT })).text();
    expect(digestOf(Buffer.from(manifest))).toBe(digest);
    const other = JSON.parse(manifest).layers[0].digest as string;
    const mount = `/v2/other/app/blobs/uploads/?mount=${encodeURIComponent(other)}&from=team%2Fapp`;
    expect((await ask("POST", mount, asAlice)).status).toBe(201);
    await ask("HEAD", "/v2/team/app/manifests/v0", asAlice);
    await ask("GET", `/v2/team/app/manifests/v0?signature=${SECRETS.query}`, { ...asAlice, ...ACCEPT });
    await ask("GET", "/v2/", basic("alice", SECRETS.wrong));
    await ask("GET", "/v2/", { ...basic(SECRETS.typed, "x"), "x-forwarded-for": "203.0.113.9, 10.0.0.1" });
    await ask("GET", "/v2/team/app/tags/list", { authorization: `Bearer ${SECRETS.bearer}` });
    await ask("PUT", "/v2/team/app/manifests/v0", {}, "{}");
    await ask("PUT", "/v2/team/app/manifests/broken", { ...asAlice, "content-type": MANIFEST }, "{}");
    await ask("GET", "/v2/team/app/manifests/absent", { ...asAlice, referer: `http://x/?p=${SECRETS.referer}` });
    await ask("DELETE", "/v2/team/app/manifests/v0", asAlice);
    await ask("DELETE", `/v2/team/app/manifests/${digest}`, asAlice);
    await ask("DELETE", `/v2/team/app/manifests/${digest}`, asAlice);
    const ended = /response completed.*DELETE|DELETE.*response completed/;
    await eventually(
      "three deletions in the log",
      async () => running.log.split("\n").filter((line) => ended.test(line)).length === 3,
    );
    return { log: running.log, accessLog: running.accessLog, digest, other };
  }
});

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const ACCEPT = { accept: MANIFEST };

/** A client that says its name. */
function named(client: RegistryClient): RegistryClient["request"] {
  return (method, target, options = {}) =>
    client.request(method, target, { ...options, headers: { "user-agent": AGENT, ...options.headers } });
}
