import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type LetsEncryptOptions, RegistryTls } from "../../constructs";
import { CURL_ARGUMENTS, parseCurl } from "../../operations/tls/acme-question";
import { checkTls } from "../../operations/tls/check";
import { AcmeServer } from "../support/acme-server";
import { readPair } from "../support/certificates";
import { type Fault, type Faults, FaultyUpstream } from "../support/faulty-upstream";
import { freePort, run, showWhenTestFails, temporaryDirectory } from "../support/process";
import { startTlsRegistry } from "../support/tls-registry";
import { describeWithTools } from "../support/tools";

const HOST = "registry.example.test";
const PROBLEM = { "content-type": "application/problem+json" };
const NEEDS = ["registry", "openssl", "curl", "pebble", "pebble-challtestsrv"] as const;

describeWithTools("a faulty ACME server (in front of pebble) and the registry", NEEDS, (tools) => {
  const path = temporaryDirectory();
  let registries = 0;

  /** What `verify` says of a registry whose ACME server behaves like this, and what it asked for. */
  async function verifyWith(faults: Faults) {
    const name = `acme-${++registries}`;
    const port = await freePort();
    const acme = await AcmeServer.start(tools, path(name), { tlsPort: port });
    onTestFinished(() => acme.stop());
    const files = { certificate: "server.pem", key: "server.key" };
    const pair = {
      certificate: join(dirname(acme.caFile), files.certificate),
      key: join(dirname(acme.caFile), files.key),
    };
    const faulty = await FaultyUpstream.start(new URL(acme.directoryUrl).origin, readPair(pair));
    onTestFinished(() => faulty.goAway());
    faulty.faults = faults;
    const directoryUrl = `${faulty.url}/dir`;
    const tls: LetsEncryptOptions = {
      email: "ops@example.com",
      hosts: [HOST],
      directoryUrl,
      caFile: acme.caFile,
    };
    const options = { directory: path(`container-${name}`), acmeDirectory: path(`volume-${name}`), port, host: HOST };
    const registry = await startTlsRegistry(tools.registry, RegistryTls.letsEncrypt(tls), options);
    onTestFinished(async () => void (await registry.stop()));
    showWhenTestFails(() => registry);
    const heard: string[] = [];
    let asked = 0;
    const began = Date.now();
    const target = { host: HOST, port, address: "127.0.0.1", ca: [await acme.rootCertificate()] };
    const verdict = await checkTls(target, {
      tls: RegistryTls.letsEncrypt(tls),
      environment: "prod",
      readLog: async () => registry.log,
      askDirectory: async (url) => {
        asked++;
        return parseCurl((await run(tools.curl, [...CURL_ARGUMENTS, url])).stdout);
      },
      onProgress: (text) => heard.push(text),
    });
    const handshakes = registry.log.match(/TLS handshake error from (?!\S+: EOF)/g)?.length ?? 0;
    const byRegistry = faulty.requests.length - asked;
    return {
      verdict,
      heard,
      acme,
      requests: faulty.requests,
      byRegistry,
      handshakes,
      seconds: (Date.now() - began) / 1000,
    };
  }

  const always = (fault: Fault) => () => fault;
  const limited: Fault = {
    status: 429,
    headers: { ...PROBLEM, "retry-after": "3600" },
    body: '{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many","status":429}',
  };

  // Distribution's own limit is five minutes; the four wait for it together.
  test("the cause is named when the registry's attempt ends, and that one attempt is all there is", {
    timeout: 480_000,
  }, async () => {
    const [rate, orders, failing, silent] = await Promise.all([
      verifyWith(always(limited)),
      verifyWith(({ path: asked }) =>
        asked.includes("order")
          ? {
              ...limited,
              body: '{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many certificates, retry after 2026-11-27 12:00:00 UTC","status":429}',
            }
          : undefined,
      ),
      verifyWith(always({ status: 503 })),
      verifyWith(always({ hangs: true })),
    ]);
    expect(rate.verdict).toMatchObject({
      status: "failed",
      message: expect.stringMatching(/limits requests \(HTTP 429\): wait 1 h( 1 min)?, until \d\d:\d\d UTC$/),
    });
    expect(rate.byRegistry).toBe(1);
    expect(orders.verdict).toMatchObject({
      status: "failed",
      message: "The ACME server's rate limit is reached: too many certificates, retry after 2026-11-27 12:00:00 UTC",
    });
    expect(orders.requests.filter((request) => /^POST .*order/.test(request))).toHaveLength(1);
    expect(failing.verdict).toMatchObject({ status: "failed", message: expect.stringContaining("fails (HTTP 503)") });
    expect(silent.verdict).toMatchObject({
      status: "failed",
      message: expect.stringMatching(/is not reached from the registry's network: .*timed out/i),
    });
    for (const { handshakes, heard, seconds } of [rate, orders, failing, silent]) {
      expect(handshakes).toBe(1);
      expect(heard.length).toBeGreaterThan(5);
      expect(heard.at(-1)).toMatch(/^the registry is asking for its certificate, \d+ s of at most 315: /);
      expect(seconds).toBeGreaterThan(290);
      expect(seconds).toBeLessThan(340);
    }
    expect(rate.heard[0]).toContain("HTTP 429");
    expect(orders.heard[0]).toContain("its directory answers");
  });

  test("a single request that fails is tried again, once the registry may", { timeout: 200_000 }, async () => {
    let nonces = 0;
    const { verdict, heard, acme, handshakes } = await verifyWith(({ path: asked }) =>
      asked.includes("nonce") && ++nonces === 1 ? { status: 503 } : undefined,
    );
    expect(verdict).toMatchObject({ status: "passed" });
    expect(heard).toEqual([
      expect.stringMatching(/^a request to the ACME server failed \(503 .*\); the registry may try again in 62 s$/),
    ]);
    expect([acme.orders, handshakes]).toEqual([1, 1]);
  });

  test("a third of all requests fails: the certificate comes all the same", { timeout: 300_000 }, async () => {
    let requests = 0;
    const { verdict, acme } = await verifyWith(() => (++requests % 3 === 0 ? { status: 503 } : undefined));
    expect(verdict).toMatchObject({ status: "passed" });
    expect(acme.issued).toBe(1);
  });
});
