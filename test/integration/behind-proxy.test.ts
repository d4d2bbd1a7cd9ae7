import { readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { RegistryTls } from "../../constructs";
import { RegistryClient } from "../../operations/registry/client";
import { Checks } from "../../operations/verify/check";
import { checkRoundTrip } from "../../operations/verify/round-trip";
import { makeCertificates } from "../support/certificates";
import { type StartProxy, startCaddy, startNginx } from "../support/example-proxies";
import { freePort, output, run, showWhenTestFails, temporaryDirectory } from "../support/process";
import { rawRequest } from "../support/registry-process";
import { startTlsRegistry } from "../support/tls-registry";
import { describeWithTools } from "../support/tools";

function describeProxy(title: string, program: "nginx" | "caddy", startProxy: StartProxy): void {
  describeWithTools(title, ["registry", "crane", "openssl", "tar", program], (tools) => {
    const path = temporaryDirectory();
    let containers = 0;

    /** A registry behind the proxy; clients write `address`. */
    async function start({ relativeUrls, maxBody }: { relativeUrls?: boolean; maxBody?: string } = {}) {
      const certificates = await makeCertificates(path());
      const port = await freePort();
      const url = `https://localhost:${port}`;
      const directory = path(`registry-${++containers}`);
      const registry = await startTlsRegistry(tools.registry, RegistryTls.behindProxy({ url, relativeUrls }), {
        directory,
      });
      onTestFinished(async () => void (await registry.stop()));
      const options = { host: "localhost", port, ...certificates.server, to: registry.address, maxBody };
      const proxy = await startProxy(tools[program], path, options);
      onTestFinished(async () => void (await proxy.stop()));
      showWhenTestFails(() => proxy);
      return {
        url,
        registry,
        ca: readFileSync(certificates.ca),
        caFile: certificates.ca,
        address: `localhost:${port}`,
      };
    }

    test("crane pushes layers of several megabytes through it, and pulls them back", async () => {
      const { address, caFile } = await start();
      await output("dd", ["if=/dev/urandom", `of=${path("file")}`, "bs=1M", "count=8"]);
      await output("tar", ["-czf", path("layer.tar.gz"), "-C", path(), "file"]);
      const environment = { HOME: path(), DOCKER_CONFIG: path("docker"), SSL_CERT_FILE: caFile };
      const crane = (...args: string[]) => run(tools.crane, args, { environment });
      expect(await crane("auth", "login", address, "-u", "alice", "-p", "password")).toMatchObject({ code: 0 });
      const image = `${address}/team/app:1`;
      const pushed = await crane("append", "--oci-empty-base", "-f", path("layer.tar.gz"), "-t", image);
      expect(pushed).toMatchObject({ code: 0 });
      expect(await crane("validate", "--remote", image)).toMatchObject({ code: 0 });
    });

    test.each<[string, boolean | undefined, RegExp]>([
      ["relative when asked for", true, /^\/v2\/team\/app\/blobs\/uploads\//],
      ["absolute and the proxy's by default", undefined, /^https:\/\/localhost:\d+\/v2\/team\/app\/blobs\/uploads\//],
    ])("the Location of an upload is %s", async (_, relativeUrls, location) => {
      const { url, ca } = await start({ relativeUrls });
      const begun = await rawRequest(`${url}/v2/team/app/blobs/uploads/`, {
        ca,
        method: "POST",
        auth: "alice:password",
      });
      expect(begun.status).toBe(202);
      expect(begun.headers.location).toMatch(location);
    });

    async function verified({ url, ca }: { readonly url: string; readonly ca: Buffer }) {
      const client = new RegistryClient({ url, ca: [String(ca)], login: { user: "alice", password: "password" } });
      const checks = new Checks(undefined, "lab");
      await checkRoundTrip(checks, client, { delete: true, readOnly: false, pullThrough: false, behindProxy: true });
      return Object.fromEntries(checks.all.map(({ id, status, detail }) => [id, [status, detail]]));
    }

    test("verify finds that it takes layers of any size, and leaves no upload", async () => {
      const proxied = await start();
      const found = await verified(proxied);
      expect(found["layer-size"]).toEqual(["passed", undefined]);
      expect(found.delete?.[0]).toBe("passed");
      expect(proxied.registry.accessLog).toMatch(
        /"DELETE \/v2\/private-registry\/verify\/blobs\/uploads\/\S+ HTTP\/1.1" 204/,
      );
    });

    if (program === "nginx")
      test.each([
        ["1m", "failed", "it refuses requests of 10 MB (HTTP 413), and takes 1 MB"],
        ["100m", "failed", "it refuses requests of 1 GB (HTTP 413), and takes 100 MB"],
        ["5g", "warning", "it refuses requests of 10 GB (HTTP 413), and takes 1 GB"],
        ["1k", "failed", "it refuses requests of 1 MB (HTTP 413)"],
      ])("verify finds a limit of %s", async (maxBody, status, detail) => {
        expect((await verified(await start({ maxBody })))["layer-size"]).toEqual([status, detail]);
      });

    test("asks for a password, and hands on who asks, whatever the client says", async () => {
      const { url, ca, registry } = await start();
      const headers = { "x-forwarded-for": "192.0.2.66" };
      expect((await rawRequest(`${url}/v2/`, { ca, headers, auth: "alice:password" })).status).toBe(200);
      expect(registry.log + registry.accessLog).not.toContain("192.0.2.66");
      const refused = await rawRequest(`${url}/v2/`, { ca });
      expect(refused.status).toBe(401);
      expect(refused.headers["www-authenticate"]).toMatch(/^Basic realm=/);
      expect((await rawRequest(`${url}/v2/`, { ca, auth: "alice:password" })).status).toBe(200);
      expect(registry.log + registry.accessLog).toContain("127.0.0.1");
    });
  });
}

describeProxy("the registry behind nginx, as the example configures it", "nginx", startNginx);
describeProxy("the registry behind Caddy, as the example configures it", "caddy", startCaddy);
