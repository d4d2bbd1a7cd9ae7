import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createServer as createSocketServer } from "node:net";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { PrivateRegistry, type PrivateRegistryProps, RegistryStorage, type S3StorageOptions } from "../../constructs";
import { recognise } from "../../operations/known-failures";
import { type Ended, freePort, run, temporaryDirectory } from "../support/process";
import { S3StandIn } from "../support/s3-stand-in";
import { find, synthesize } from "../support/synth";
import { describeWithTools } from "../support/tools";
import { unpack } from "../support/without-docker";
import { issue } from "../support/x509";

const KEYS = { accessKey: "STANDINKEY", secretKey: "stand-in/secret+0123456789" };

describeWithTools(
  "the proof of an S3 service that exists (stand-in S3: versitygw)",
  ["registry", "versitygw", "busybox", "mkfifo", "timeout"],
  (tools) => {
    const path = temporaryDirectory();
    let storage: S3StandIn;
    let runs = 0;

    beforeAll(async () => {
      storage = await S3StandIn.start(tools.versitygw, path("s3"), KEYS);
      mkdirSync(storage.bucketDirectory("images"), { recursive: true });
    });
    afterAll(() => storage?.stop());

    /** Runs the job as a process: Alpine's tools by BusyBox, the rest is this machine's. */
    async function prove(
      s3: Partial<S3StorageOptions> = {},
      keys = KEYS,
      more: PrivateRegistryProps = {},
    ): Promise<Ended> {
      const directory = path(`run-${++runs}`);
      const stack = synthesize((scope) => {
        new PrivateRegistry(scope, "registry", {
          storage: RegistryStorage.s3({ bucket: "images", region: "us-east-1", endpoint: storage.endpoint, ...s3 }),
          credentials: {
            registry_s3_access_key: keys.accessKey,
            registry_s3_secret_key: keys.secretKey,
            registry_http_secret: "h".repeat(40),
            registry_htpasswd: `alice:$2y$05$${"a".repeat(53)}`,
          },
          ...more,
        });
      });
      const replace = {
        '"127.0.0.1:5000"': `"127.0.0.1:${await freePort()}"`,
        ...Object.fromEntries(
          ["/job", "/run/secrets", "/etc/distribution/certs"].map((at) => [at, `${directory}${at}`]),
        ),
      };
      const { entrypoint, environment } = unpack(find(stack, "docker_container", "storage-proof"), directory, replace);
      const bin = path("bin");
      mkdirSync(bin, { recursive: true });
      for (const [name, command] of [
        ["nc", `${tools.busybox} nc`],
        ["registry", tools.registry],
      ]) {
        writeFileSync(`${bin}/${name}`, `#!/bin/sh\nexec ${command} "$@"\n`);
        chmodSync(`${bin}/${name}`, 0o755);
      }
      return run(tools.busybox, ["sh", ...entrypoint.slice(1)], {
        environment: { ...environment, WAIT_SECONDS: "5", PATH: `${bin}:${process.env.PATH}` },
        timeoutMs: 60_000,
      });
    }

    /** What a person is told of a job that failed. */
    function explained({ code, stderr }: Ended) {
      expect(code).toBe(1);
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
      expect(stderr).not.toContain(KEYS.secretKey);
      const { message = "", remedy = "" } =
        recognise(stderr, { environment: "lab", dockerHost: "unix:///d.sock" }) ?? {};
      return { message, remedy, stderr };
    }

    test("a storage that works took, gave and deleted a blob", { timeout: 60_000 }, async () => {
      for (const s3 of [{}, { rootDirectory: "some/where" }]) {
        expect(await prove(s3)).toEqual({
          code: 0,
          stdout: "storage-proof: the storage took, gave and deleted a blob, with the key of the registry\n",
          stderr: "",
        });
      }
      // Nothing of an upload stays.
      const left = readdirSync(storage.bucketDirectory("images"), { recursive: true }).map(String);
      expect(left.filter((name) => /_uploads\/.+\/(data|startedat)$/.test(name))).toEqual([]);
    });

    test("a registry that is read-only is not written to", async () => {
      const readOnly = { configuration: { storage: { maintenance: { readonly: { enabled: true } } } } };
      const before = readdirSync(storage.bucketDirectory("images"), { recursive: true }).length;
      expect((await prove({}, KEYS, { registry: readOnly })).stdout).toMatch(/nothing was written/);
      expect(readdirSync(storage.bucketDirectory("images"), { recursive: true })).toHaveLength(before);
      expect(explained(await prove({ bucket: "absent" }, KEYS, { registry: readOnly })).message).toMatch(/no bucket/);
    });

    describe("what the storage says is named, with what to do", () => {
      test("the access key is not known", async () => {
        const { message, remedy } = explained(await prove({}, { ...KEYS, accessKey: "SOMEBODY" }));
        expect(message).toMatch(/does not know the access key.*XAdminUserNotFound/);
        expect(remedy).toContain("private-registry secrets set lab registry_s3_access_key");
      });

      test("the signature does not fit", async () => {
        const { message, remedy } = explained(await prove({}, { ...KEYS, secretKey: "another/secret+0123456789" }));
        expect(message).toMatch(/secret key.*SignatureDoesNotMatch/);
        expect(remedy).toContain("private-registry secrets set lab registry_s3_secret_key");
      });

      test("there is no such bucket", async () => {
        const { message, remedy } = explained(await prove({ bucket: "absent" }));
        expect(message).toMatch(/no bucket.*NoSuchBucket/);
        expect(remedy).toContain("storage.s3.bucket");
      });

      test("the region is another one", async () => {
        const { message, remedy } = explained(await prove({ region: "eu-west-3" }));
        expect(message).toMatch(/region.*AuthorizationHeaderMalformed/);
        expect(remedy).toContain("storage.s3.region");
      });

      test.each([
        [403, "RequestTimeTooSkewed", /clocks? differ/],
        [403, "InvalidAccessKeyId", /does not know the access key/],
        [403, "AccessDenied", /may not/],
        [301, "PermanentRedirect", /region/],
        [507, "XMinioStorageFull", /full/],
        [400, "InvalidRequest", /InvalidRequest: as the test wants/],
      ])("HTTP %i %s", { timeout: 60_000 }, async (status, code, said) => {
        const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>as the test wants</Message></Error>`;
        const server = createServer((request, response) => {
          request.resume();
          response.writeHead(status, { "content-type": "application/xml" }).end(xml);
        });
        await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
        onTestFinished(() => void server.close().closeAllConnections());
        const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        expect(explained(await prove({ endpoint })).message).toMatch(said);
      });

      // Not 502: the driver tries again for longer than the proof waits here.
      test.each([200, 204, 403, 404])("a website answers HTTP %i", { timeout: 60_000 }, async (status) => {
        const server = createServer((request, response) => {
          request.resume();
          response
            .writeHead(status, { "content-type": "text/html" })
            .end(status === 204 ? "" : "<!DOCTYPE html><html><body>Welcome<br></body></html>");
        });
        await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
        onTestFinished(() => void server.close().closeAllConnections());
        const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        const { message, remedy } = explained(await prove({ endpoint }));
        expect(message).toMatch(/what answers at the endpoint is no S3 storage/);
        expect(remedy).toMatch(/storage\.s3\.endpoint .* the address of the S3 API/);
      });

      test("nobody is there", async () => {
        const { message, remedy } = explained(await prove({ endpoint: `http://127.0.0.1:${await freePort()}` }));
        expect(message).toMatch(/not reach.*connection refused/);
        expect(remedy).toContain("storage.s3.endpoint");
      });

      test("the name leads nowhere", async () => {
        expect(explained(await prove({ endpoint: "http://s3.invalid:9000" })).message).toMatch(
          // The second where the machine has no way out at all.
          /not reach.*(no such host|network is unreachable)/,
        );
      });

      test("somebody is there and says nothing", { timeout: 60_000 }, async () => {
        const server = createSocketServer(() => {});
        await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
        onTestFinished(() => void server.close());
        const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        expect(explained(await prove({ endpoint })).message).toMatch(/did not answer within 5 s/);
      });

      test("the certificate is nobody's that is known, and is accepted with its CA", { timeout: 60_000 }, async () => {
        const server = issue("s3.example.com", { names: ["127.0.0.1"] });
        const listening = createTlsServer({ cert: server.certificate, key: server.key }, (_, response) => {
          response
            .writeHead(403)
            .end("<Error><Code>InvalidAccessKeyId</Code><Message>so far it came</Message></Error>");
        });
        await new Promise<void>((done) => listening.listen(0, "127.0.0.1", done));
        onTestFinished(() => void listening.close().closeAllConnections());
        const endpoint = `https://127.0.0.1:${(listening.address() as AddressInfo).port}`;
        const { message, remedy } = explained(await prove({ endpoint }));
        expect(message).toMatch(/certificate/);
        expect(remedy).toContain("storage.s3.caFile");
      });

      test("it speaks plain HTTP", async () => {
        const endpoint = storage.endpoint.replace("http:", "https:");
        expect(explained(await prove({ endpoint })).message).toMatch(/HTTP response to HTTPS client/);
      });
    });
  },
);
