import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ConfiguredRegistry } from "../support/configured-registry";
import { listen, listenForEvents } from "../support/listener";
import { eventually, freePort, output, run, temporaryDirectory } from "../support/process";
import { type RegistryProcess, rawRequest } from "../support/registry-process";
import { describeWithTools } from "../support/tools";

describeWithTools("keys of config.yml do what they say", ["registry", "crane", "tar"], (tools) => {
  const path = temporaryDirectory();
  const registries = new ConfiguredRegistry(tools.registry, path);
  const crane = (...args: string[]) => run(tools.crane, args, { environment: { HOME: path() } });

  beforeAll(async () => {
    writeFileSync(path("file"), "content");
    await output("tar", ["-czf", path("layer.tar.gz"), "-C", path(), "file"]);
  });

  async function push(registry: RegistryProcess, name: string) {
    const reference = `${registry.address}/${name}`;
    const layer = path("layer.tar.gz");
    const { code, stdout, stderr } = await crane("append", "--oci-empty-base", "-f", layer, "-t", reference);
    return { code, stderr, reference, digest: stdout.trim().split("@")[1] };
  }

  const postUpload = ({ url }: RegistryProcess, repository = "team/app") =>
    fetch(`${url}/v2/${repository}/blobs/uploads/`, { method: "POST" });

  describe("log", () => {
    test.each<["text" | "json" | "logstash", RegExp]>([
      ["text", /^time=\S+ level=info msg="redis not configured" func=.* environment=test/],
      ["json", /^\{"environment":"test",.*"func":".*"msg":"redis not configured"/],
      ["logstash", /^\{"environment":"test",.*"function":".*"msg":"redis not configured"/],
    ])("formatter %s, with fields and reportcaller", async (formatter, form) => {
      const configuration = { log: { formatter, reportcaller: true, fields: { environment: "test" } } };
      const { log } = await registries.start(configuration);
      expect(log.split("\n").find((line) => line.includes("redis not configured"))).toMatch(form);
    });

    test("level", async () => {
      expect((await registries.start({ log: { level: "error" } })).log).toBe("");
      const registry = await registries.start({ log: { level: "debug" } });
      await fetch(`${registry.url}/v2/`);
      await eventually("a debug line", async () => registry.log.includes("level=debug"));
    });

    test("accesslog", async () => {
      const [loud, quiet] = [
        await registries.start(),
        await registries.start({ log: { accesslog: { disabled: true } } }),
      ];
      for (const registry of [loud, quiet]) expect((await fetch(`${registry.url}/v2/`)).status).toBe(200);
      await eventually("an access line", async () => loud.accessLog.includes('"GET /v2/ HTTP/1.1" 200'));
      expect(quiet.accessLog).toBe("");
    });
  });

  describe("storage", () => {
    test("maintenance.readonly refuses a push", async () => {
      const registry = await registries.start({ storage: { maintenance: { readonly: { enabled: true } } } });
      expect((await postUpload(registry)).status).toBe(405);
      expect(await push(registry, "team/app:1")).toMatchObject({ code: 1, stderr: expect.stringContaining("405") });
    });

    test.each([
      [true, 202],
      [false, 405],
    ])("delete.enabled %s answers %i", async (enabled, status) => {
      const registry = await registries.start({ storage: { delete: { enabled } } });
      const { digest } = await push(registry, "team/app:1");
      const url = `${registry.url}/v2/team/app/manifests/${digest}`;
      expect((await fetch(url, { method: "DELETE" })).status).toBe(status);
    });

    test("maintenance.uploadpurging", async () => {
      const purging = { enabled: true, age: "1h", interval: "1h", dryrun: false } as const;
      const log = async (uploadpurging: typeof purging | { enabled: false }) =>
        (await registries.start({ storage: { maintenance: { uploadpurging } } })).log;
      expect(await log(purging)).toContain("Starting upload purge in");
      expect(await log({ enabled: false })).not.toContain("Starting upload purge in");
    });

    test("cache.blobdescriptor inmemory is asked", async () => {
      const debug = await freePort();
      const registry = await registries.start({
        storage: { cache: { blobdescriptor: "inmemory" } },
        http: { debug: { addr: `127.0.0.1:${debug}`, prometheus: { enabled: true } } },
      });
      await push(registry, "team/app:1");
      const metrics = await (await fetch(`http://127.0.0.1:${debug}/metrics`)).text();
      expect(metrics).toMatch(/registry_storage_cache_requests_total \d/);
    });

    test("filesystem.rootdirectory", async () => {
      const registry = await registries.start({
        storage: { inmemory: null, filesystem: { rootdirectory: path("files") } },
      });
      await push(registry, "team/app:1");
      expect(await output("find", [path("files"), "-name", "link", "-path", "*/tags/1/*"])).toContain("team/app");
    });
  });

  describe("http", () => {
    test("headers", async () => {
      const { url } = await registries.start({ http: { headers: { "X-One": ["1"], "X-Two": ["a", "b"] } } });
      const { headers } = await fetch(`${url}/v2/`);
      expect([headers.get("x-one"), headers.get("x-two")]).toEqual(["1", "a, b"]);
    });

    test("host and relativeurls decide about Location", async () => {
      const location = async (http: object) => {
        const registry = await registries.start({ http });
        return (await postUpload(registry)).headers.get("location")?.replace(registry.url, "SAME");
      };
      expect(await location({})).toMatch(/^SAME\/v2\/team\/app\/blobs\/uploads\//);
      expect(await location({ host: "https://registry.example.com" })).toMatch(
        /^https:\/\/registry\.example\.com\/v2\//,
      );
      expect(await location({ relativeurls: true })).toMatch(/^\/v2\/team\/app\/blobs\/uploads\//);
    });

    test("host beats relativeurls", async () => {
      const registry = await registries.startUnchecked({
        http: { host: "https://registry.example.com", relativeurls: true },
      });
      expect((await postUpload(registry)).headers.get("location")).toMatch(/^https:\/\/registry\.example\.com\/v2\//);
    });

    test("prefix", async () => {
      const { url } = await registries.start({ http: { prefix: "/images/" } });
      expect((await fetch(`${url}/images/v2/`)).status).toBe(200);
      expect((await fetch(`${url}/v2/`)).status).toBe(404);
    });

    test("draintimeout lets a running upload end", async () => {
      const upload = async (http: object) => {
        const registry = await registries.start({ http });
        const location = (await postUpload(registry)).headers.get("location") ?? "";
        const body = new ReadableStream({
          start(stream) {
            stream.enqueue(Buffer.from("first "));
            setTimeout(() => stream.enqueue(Buffer.from("second")), 300);
            setTimeout(() => stream.close(), 400);
          },
        });
        const request = { method: "PATCH", body, duplex: "half" } as RequestInit;
        const answer = fetch(location, request).then(
          ({ status }) => status,
          () => "cut off",
        );
        await new Promise((resolve) => setTimeout(resolve, 100));
        await registry.stop();
        return answer;
      };
      expect(await upload({ draintimeout: "5s" })).toBe(202);
      expect(await upload({})).toBe("cut off");
    });

    test("debug.prometheus.path", async () => {
      const debug = await freePort();
      const addr = `127.0.0.1:${debug}`;
      const { url } = await registries.start({
        http: { debug: { addr, prometheus: { enabled: true, path: "/numbers" } } },
      });
      await fetch(`${url}/v2/`);
      expect(await (await fetch(`http://${addr}/numbers`)).text()).toContain("registry_http_requests_total");
      expect((await fetch(`http://${addr}/metrics`)).status).toBe(404);
    });

    test("h2c.enabled", async () => {
      const speaksHttp2 = async (http: object) => {
        const session = connectHttp2((await registries.start({ http })).url);
        onTestFinished(() => session.destroy());
        session.on("error", () => {});
        const request = session.request({ ":path": "/v2/" });
        return Promise.race([
          once(request, "response").then(([headers]) => headers[":status"]),
          once(session, "close"),
        ]);
      };
      expect(await speaksHttp2({ h2c: { enabled: true } })).toBe(200);
      expect(await speaksHttp2({}).catch((error) => error)).not.toBe(200);
    });

    test("net unix", async () => {
      const port = await freePort();
      const http = { net: "unix", addr: path("registry.sock"), debug: { addr: `127.0.0.1:${port}` } } as const;
      await registries.start({ http }, port);
      const ask = () =>
        rawRequest("http://localhost/v2/", { socketPath: path("registry.sock") }).catch(() => undefined);
      expect(await eventually("the socket answers", ask)).toMatchObject({ status: 200 });
    });
  });

  test("catalog.maxentries and tags.maxtags limit a page", async () => {
    const registry = await registries.start({ catalog: { maxentries: 2 }, tags: { maxtags: 2 } });
    for (const name of ["a:1", "a:2", "a:3", "b:1", "c:1"]) await push(registry, name);
    const ask = async (url: string) => (await fetch(`${registry.url}${url}`)).json();
    expect(await ask("/v2/_catalog")).toEqual({ repositories: ["a", "b"] });
    expect(await ask("/v2/a/tags/list?n=100")).toEqual({ name: "a", tags: ["1", "2"] });
    // A client that asks for no page gets all of them.
    expect(await ask("/v2/a/tags/list")).toEqual({ name: "a", tags: ["1", "2", "3"] });
  });

  test("notifications tell of a push, and of no pull when pulls are ignored", async () => {
    const { port, events } = await listenForEvents();
    const registry = await registries.start({
      notifications: {
        endpoints: [
          {
            name: "listener",
            url: `http://127.0.0.1:${port}/events`,
            headers: { "X-Token": ["let me in"] },
            timeout: "1s",
            threshold: 3,
            backoff: "1s",
            ignore: { actions: ["pull"] },
          },
        ],
      },
    });
    const { reference, digest } = await push(registry, "team/app:1");
    expect(await crane("manifest", reference)).toMatchObject({ code: 0 });
    await push(registry, "team/app:2");
    await eventually("both pushes are told", async () => events.filter(({ tag }) => tag).length === 2);
    expect(events).toContainEqual({ action: "push", tag: "1", digest, repository: "team/app", token: "let me in" });
    expect(events.map(({ action }) => action)).not.toContain("pull");
  });

  describe("health", () => {
    const status = async ({ url }: RegistryProcess) => (await fetch(url)).status;

    test("file: sick while the file exists", async () => {
      writeFileSync(path("maintenance"), "");
      const registry = await registries.start({ health: { file: [{ file: path("maintenance"), interval: "50ms" }] } });
      await eventually("503", async () => (await status(registry)) === 503);
      rmSync(path("maintenance"));
      await eventually("200", async () => (await status(registry)) === 200);
    });

    test("http: sick unless the answer is the one wanted", async () => {
      const requests: IncomingMessage[] = [];
      const port = await listen((request) => {
        requests.push(request);
        return 204;
      });
      const check = (statuscode: number) => ({
        health: {
          http: [{ uri: `http://127.0.0.1:${port}/`, statuscode, interval: "50ms", headers: { "X-Check": ["1"] } }],
        },
      });
      const sick = await registries.start(check(200));
      await eventually("503", async () => (await status(sick)) === 503);
      const well = await registries.start(check(204));
      await eventually("it was asked", async () => requests.length > 5);
      expect(requests[0]?.headers["x-check"]).toBe("1");
      expect(await status(well)).toBe(200);
    });

    test("tcp: sick while nobody listens", async () => {
      const addr = `127.0.0.1:${await freePort()}`;
      const registry = await registries.start({ health: { tcp: [{ addr, interval: "50ms", threshold: 2 }] } });
      await eventually("503", async () => (await status(registry)) === 503);
    });
  });

  test.each([
    ["none", 201],
    ["all", 400],
  ] as const)(
    "validation of indexes: platforms %s answers %i to an index without its images",
    async (platforms, code) => {
      const { url } = await registries.start({ validation: { manifests: { indexes: { platforms } } } });
      const mediaType = "application/vnd.oci.image.index.v1+json";
      const child = {
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        digest: `sha256:${"0".repeat(64)}`,
        size: 2,
        platform: { architecture: "amd64", os: "linux" },
      };
      const body = JSON.stringify({ schemaVersion: 2, mediaType, manifests: [child] });
      const headers = { "content-type": mediaType };
      expect((await fetch(`${url}/v2/team/app/manifests/1`, { method: "PUT", headers, body })).status).toBe(code);
    },
  );

  test("middleware.storage redirect sends clients to a CDN", async () => {
    const middleware = { storage: [{ name: "redirect" as const, options: { baseurl: "https://cdn.example.com/" } }] };
    const registry = await registries.start({ middleware });
    const { reference } = await push(registry, "team/app:1");
    const manifest = JSON.parse((await crane("manifest", reference)).stdout);
    const blob = `${registry.url}/v2/team/app/blobs/${manifest.layers[0].digest}`;
    const { status, headers } = await fetch(blob, { redirect: "manual" });
    expect([status, headers.get("location")?.split("/docker/")[0]]).toEqual([307, "https://cdn.example.com"]);
  });

  test("auth.token sends clients to the token server", async () => {
    writeFileSync(path("jwks.json"), JSON.stringify({ keys: [{ kty: "oct", k: "c2VjcmV0", kid: "1" }] }));
    const token = { realm: "https://auth.example.com/token", service: "images", issuer: "i", jwks: path("jwks.json") };
    const { url } = await registries.start({ auth: { token } });
    const { status, headers } = await fetch(`${url}/v2/`);
    expect(status).toBe(401);
    expect(headers.get("www-authenticate")).toBe('Bearer realm="https://auth.example.com/token",service="images"');
  });

  test("proxy keeps what was pulled through it, and takes no push", async () => {
    const upstream = await registries.start();
    const { digest } = await push(upstream, "team/app:1");
    const storage = { delete: { enabled: true } };
    const cache = await registries.start({ storage, proxy: { remoteurl: upstream.url, ttl: "0s" } });
    const pull = () => crane("pull", `${cache.address}/team/app@${digest}`, path("pulled.tar"));
    expect(await pull()).toMatchObject({ code: 0 });
    await eventually("it is kept", async () => (await crane("catalog", cache.address)).stdout.trim() === "team/app");
    await upstream.stop();
    expect(await pull()).toMatchObject({ code: 0 });
    expect((await postUpload(cache)).status).toBe(405);
  });
});
