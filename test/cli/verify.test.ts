import { once } from "node:events";
import { request } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { type FakeMachine, machines } from "../support/fake-machine";
import { listen } from "../support/listener";
import { writeFile } from "../support/registry-process";
import { issue } from "../support/x509";

const { deployed } = machines();

interface Check {
  readonly id: string;
  readonly status: string;
  readonly detail?: string;
}

async function checks(lab: FakeMachine, ...args: string[]) {
  const { out, code } = await lab.must("verify", "lab", "--json", ...args);
  const all = JSON.parse(out).checks as Check[];
  const of = (id: string) => all.find((one) => one.id === id);
  return { all, code, of, failed: all.filter(({ status }) => status === "failed").map(({ id }) => id) };
}

/** What a check that fails says. */
async function failing(lab: FakeMachine, id: string): Promise<string> {
  const { failed, code, of } = await checks(lab);
  expect(failed).toContain(id);
  expect(code).toBe(2);
  return of(id)?.detail ?? "";
}

describe("verify", () => {
  test("looks at everything, and everything is well", async () => {
    const lab = await deployed();
    const { all, code } = await checks(lab);
    expect(all.map(({ id, status }) => `${id} ${status}`)).toEqual([
      "name passed",
      "reachable passed",
      "anonymous passed",
      "wrong-password passed",
      "login passed",
      "push passed",
      "pull passed",
      "delete passed",
      expect.stringMatching(/^s3-closed (passed|warning)$/),
      expect.stringMatching(/^console-closed (passed|warning)$/),
      "registry-healthy passed",
      "registry-image passed",
      "rustfs-healthy passed",
      "rustfs-image passed",
      "data-volume passed",
      "storage-private passed",
      "bucket-key passed",
      "no-secrets passed",
    ]);
    expect(code).toBeUndefined();
  });

  test.each([
    ["none", "warning"],
    ["behind-proxy", "passed"],
  ])("a name that leads past the published address, with tls.mode %s: %s", async (mode, status) => {
    const lab = await deployed();
    const proxy = { mode, url: `https://127.0.0.1:${lab.port}` };
    lab.writeEnvironment({
      registry: { host: "127.0.0.1", publish: { address: "::1" }, tls: mode === "none" ? { mode } : proxy },
    });
    expect((await checks(lab)).of("name")?.status).toBe(status);
  });

  test("a proxy in front is asked whether it takes large layers", async () => {
    const lab = await deployed();
    const ca = issue("a CA", { ca: true });
    const { certificate: cert, key } = issue("localhost", { names: ["localhost"], issuer: ca });
    const proxy = createServer({ cert, key }, (incoming, outgoing) => {
      if (Number(incoming.headers["content-length"]) > 100e6) return void outgoing.writeHead(413).end();
      const { url, method, headers } = incoming;
      const onward = request(`http://127.0.0.1:${lab.port}${url}`, { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on("error", () => outgoing.destroy());
      incoming.on("error", () => onward.destroy()).pipe(onward);
    });
    onTestFinished(() => void proxy.close().closeAllConnections());
    await once(proxy.listen(0, "127.0.0.1"), "listening");
    const url = `https://localhost:${(proxy.address() as AddressInfo).port}`;
    lab.writeEnvironment({ registry: { host: "localhost", tls: { mode: "behind-proxy", url } } });
    const { of } = await checks(lab, "--ca", writeFile(lab.path("ca.pem"), ca.certificate));
    expect(of("push")?.status).toBe("passed");
    expect(of("layer-size")).toMatchObject({
      status: "failed",
      detail: "it refuses requests of 1 GB (HTTP 413), and takes 100 MB",
    });
  });

  describe("from outside", () => {
    test.each<[string, FakeMachine["registry"]["faults"], RegExp]>([
      ["anonymous", { open: true }, /every image is open/],
      ["anonymous", { openPath: "/v2/" }, /every image is open/],
      ["anonymous", { openPath: "/v2/_catalog" }, /\/v2\/_catalog answered 200 to nobody/],
      ["anonymous", { openPath: "/v2/private-registry/verify/blobs/uploads/" }, /a push: HTTP 202, expected 401/],
      ["anonymous", { silent: true }, /does not say how to log in/],
      ["anonymous", { status: [/GET \/v2\/_catalog/, 404] }, /HTTP 404, expected 401/],
      ["wrong-password", { takesAnyPassword: true }, /HTTP 200, expected 401/],
      ["login", { takesNoPassword: true }, /refuses/],
      ["reachable", { status: [/GET \/v2\/$/, 503] }, /storage does not answer/],
      ["reachable", { status: [/GET \/v2\/$/, 404] }, /this is no registry/],
      ["push", { status: [/PUT .*blobs/, 500] }, /HTTP 500, expected 201/],
      ["push", { status: [/PATCH .*blobs/, 500] }, /HTTP 500, expected 201/],
      ["push", { status: [/PUT .*manifests/, 500] }, /HTTP 500, expected 201/],
      ["pull", { corrupts: "blobs" }, /other bytes/],
      ["pull", { corrupts: "manifests" }, /the manifest by tag came back as 2 other bytes/],
      ["pull", { status: [/GET .*blobs\/sha256/, 404] }, /HTTP 404, expected 200/],
      ["delete", { keepsDeleted: true }, /the deleted manifest: HTTP 200, expected 404/],
      ["delete", { status: [/DELETE/, 500] }, /HTTP 500, expected 202/],
    ])("%s fails with %o", async (id, faults, detail) => {
      const lab = await deployed();
      lab.registry.faults = faults;
      expect(await failing(lab, id)).toMatch(detail);
    });

    test("a redirect to where clients do not get is named", async () => {
      const lab = await deployed();
      lab.registry.faults = { redirectTo: "http://127.0.0.1:9/rustfs" };
      expect(await failing(lab, "pull")).toMatch(/sent to http:\/\/127\.0\.0\.1:9/);
    });

    test("a redirect gets no password", async () => {
      const lab = await deployed();
      const seen: (string | undefined)[] = [];
      const port = await listen(({ headers }) => {
        seen.push(headers.authorization);
        return 200;
      });
      lab.registry.faults = { redirectTo: `http://127.0.0.1:${port}` };
      await checks(lab);
      expect(seen.length).toBeGreaterThan(0);
      expect(seen.filter(Boolean)).toEqual([]);
    });

    test("nothing is pushed, and no password sent, where the login fails", async () => {
      const lab = await deployed();
      lab.registry.faults = { takesNoPassword: true };
      await checks(lab);
      const methods = lab.registry.requests.filter(({ authorization }) => authorization).map(({ method }) => method);
      expect(new Set(methods)).toEqual(new Set(["GET"]));
    });

    test("leaves no image behind", async () => {
      const lab = await deployed();
      await checks(lab);
      expect([...(lab.registry.manifests.get("private-registry/verify")?.keys() ?? [])]).toEqual([]);
    });

    test("a registry that should take no pushes, and does, has failed", async () => {
      const lab = await deployed();
      lab.writeEnvironment({ registry: { readOnly: true } });
      expect(await failing(lab, "push")).toMatch(/HTTP 202, expected 405/);
      lab.registry.readOnly = true;
      expect((await checks(lab)).of("push")?.status).toBe("passed");
    });

    test("one that should take pushes, and does not", async () => {
      const lab = await deployed();
      lab.registry.readOnly = true;
      expect(await failing(lab, "push")).toMatch(/./);
    });

    test("deletions that the environment forbids have to be refused", async () => {
      const lab = await deployed();
      lab.writeEnvironment({ registry: { delete: false } });
      expect(await failing(lab, "delete")).toMatch(/HTTP 202, expected 405/);
    });

    test("logs in as whom it is told, with the password from standard input", async () => {
      const lab = await deployed();
      const verifies = lab.registry.verifies;
      lab.registry.verifies = (user, password) => user === "bob" && password === "a password";
      lab.input = "a password\n";
      try {
        const { of } = await checks(lab, "--user", "bob", "--password-stdin");
        expect(of("login")?.status).toBe("passed");
      } finally {
        lab.registry.verifies = verifies;
      }
    });

    test("a registry that is down is one failure, and says where to look", async () => {
      const lab = await deployed();
      await lab.engine.containers.stop(lab.container("registry"), 2);
      const { failed, of } = await checks(lab);
      expect(failed).toEqual(expect.arrayContaining(["reachable", "registry-healthy"]));
      expect(of("registry-healthy")?.detail).toMatch(/exited, exit code 2/);
      expect(of("push")).toBeUndefined();
    });
  });

  describe("from inside", () => {
    test.each<[string, string, (lab: FakeMachine) => unknown, RegExp]>([
      [
        "registry-healthy",
        "it is unhealthy",
        (lab) => Object.assign(lab.container("registry"), { health: "unhealthy" }),
        /unhealthy/,
      ],
      [
        "rustfs-healthy",
        "it has no health check",
        (lab) => Object.assign(lab.container("rustfs"), { health: undefined }),
        /no health check/,
      ],
      [
        "rustfs-healthy",
        "it is gone",
        (lab) => lab.engine.containers.remove(lab.container("rustfs")),
        /no container lab-rustfs/,
      ],
      [
        "registry-image",
        "it runs another image",
        (lab) => Object.assign(lab.container("registry"), { image: `sha256:${"0".repeat(64)}` }),
        /runs sha256:0000/,
      ],
      [
        "registry-image",
        "the pinned image is not there",
        (lab) => lab.engine.objects.images.clear(),
        /is not on the host/,
      ],
      [
        "data-volume",
        "another volume is mounted",
        (lab) => Object.assign(lab.container("rustfs").body.HostConfig ?? {}, { Binds: ["other:/data"] }),
        /lab-rustfs-data is not mounted/,
      ],
      [
        "data-volume",
        "it is mounted elsewhere",
        (lab) =>
          Object.assign(lab.container("rustfs").body.HostConfig ?? {}, { Binds: ["lab-rustfs-data:/elsewhere"] }),
        /is not mounted/,
      ],
      [
        "storage-private",
        "RustFS is published",
        (lab) =>
          Object.assign(lab.container("rustfs").body.HostConfig ?? {}, {
            PortBindings: { "9000/tcp": [{ HostIp: "0.0.0.0", HostPort: "9000" }] },
          }),
        /also published: 0\.0\.0\.0:9000/,
      ],
      [
        "storage-private",
        "its network has a way out",
        (lab) => Object.assign(lab.engine.objects.network("lab-storage"), { Internal: false }),
        /is not internal/,
      ],
      [
        "storage-private",
        "it is on another network",
        (lab) => lab.container("rustfs").networks.add("bridge"),
        /also on bridge/,
      ],
      [
        "no-secrets",
        "a secret is in a variable",
        (lab) =>
          Object.assign(lab.container("registry").body, { Env: [`KEY=${secretOf(lab, "registry_s3_secret_key")}`] }),
        /registry_s3_secret_key on lab-registry/,
      ],
      [
        "no-secrets",
        "a secret is in a label",
        (lab) =>
          Object.assign(lab.container("rustfs").body.Labels ?? {}, { key: secretOf(lab, "rustfs_root_secret_key") }),
        /rustfs_root_secret_key on lab-rustfs/,
      ],
      [
        "no-secrets",
        "a secret is in an argument",
        (lab) =>
          Object.assign(lab.container("registry").body, { Cmd: ["--secret", secretOf(lab, "registry_http_secret")] }),
        /registry_http_secret on lab-registry/,
      ],
      [
        "no-secrets",
        "a user's hash is in a variable",
        (lab) =>
          Object.assign(lab.container("registry").body, {
            Env: [`USERS=${secretOf(lab, "registry_htpasswd").split("\n")[0]}`],
          }),
        /registry_htpasswd on lab-registry/,
      ],
      [
        "bucket-key",
        "the registry's key does not open its bucket",
        (lab) => answers(lab, { own: "403" }),
        /its own bucket answers 403/,
      ],
      [
        "bucket-key",
        "the registry's key opens another bucket",
        (lab) => answers(lab, { other: "200" }),
        /another bucket answers 200, not 403/,
      ],
      [
        "bucket-key",
        "the bucket is open",
        (lab) => answers(lab, { anonymous: "200" }),
        /without a key the bucket answers 200/,
      ],
    ])("%s fails when %s", async (id, _, change, detail) => {
      const lab = await deployed();
      await change(lab);
      expect(await failing(lab, id)).toMatch(detail);
    });

    test("restarts are a warning", async () => {
      const lab = await deployed();
      lab.container("registry").restarts = 3;
      const { of } = await checks(lab);
      expect(of("registry-healthy")).toMatchObject({ status: "warning", detail: expect.stringMatching(/3/) });
    });

    test("whatever watches the registry is looked at, too", async () => {
      const lab = await deployed();
      const alertmanager = { webhooks: [{ url: "https://alerts.example.com" }] };
      lab.writeEnvironment({ monitoring: { prometheus: {}, alertmanager, perses: {} } });
      const { failed } = await checks(lab);
      expect(failed).toEqual(
        expect.arrayContaining(["prometheus-healthy", "alertmanager-healthy", "perses-healthy", "scrape-targets"]),
      );
    });

    test("an engine that does not answer is a failure", async () => {
      const lab = await deployed();
      lab.engine.refuse(/GET \/version/, 500, "the daemon is ill");
      expect(await failing(lab, "docker")).toMatch(/./);
    });
  });

  test("for people: a line for each check, and how many there were", async () => {
    const lab = await deployed();
    lab.registry.faults = { open: true };
    const { err, code } = await lab.must("verify", "lab");
    expect(err).toMatch(/✗ anonymous requests are refused/);
    expect(err).toMatch(/lab: \d+ passed, 1 failed/);
    expect(code).toBe(2);
  });
});

function secretOf(lab: FakeMachine, name: string): string {
  const { [name]: value = "" } = lab.secrets();
  return value;
}

/** What the storage answers to the registry's key, and to nobody. */
function answers(lab: FakeMachine, { own = "200", other = "403", anonymous = "403" }): void {
  const usual = lab.engine.exec;
  lab.engine.exec = (container, command, input) => {
    const url = command.find((one) => one.startsWith("http://127.0.0.1:9000/"));
    if (!url) return usual(container, command, input);
    const status = !input.includes("user =") ? anonymous : /\/registry\?/.test(url) ? own : other;
    return { stdout: status };
  };
}
