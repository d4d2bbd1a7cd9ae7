import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { type LetsEncryptOptions, RegistryTls } from "../../constructs";
import { checkTls } from "../../operations/tls/check";
import { probeTls, type TlsProbe } from "../../operations/tls/probe";
import { judgeTls } from "../../operations/tls/verdict";
import { AcmeServer, type AcmeServerOptions } from "../support/acme-server";
import { eventually, freePort, output, showWhenTestFails, temporaryDirectory } from "../support/process";
import { type RegistryProcess, rawRequest } from "../support/registry-process";
import { startTlsRegistry } from "../support/tls-registry";
import { describeUnless, describeWithTools } from "../support/tools";

const HOST = "registry.example.test";
const SECOND = "images.example.test";
const PUBLIC = RegistryTls.letsEncrypt({ email: "a@example.com", hosts: [HOST] });
const NEEDS = ["registry", "openssl", "pebble", "pebble-challtestsrv"] as const;

describeWithTools("the registry with an ACME server (pebble)", NEEDS, (tools) => {
  const path = temporaryDirectory();
  let containers = 0;

  async function startAcme(name: string, options: Partial<AcmeServerOptions> = {}) {
    const tlsPort = options.tlsPort ?? (await freePort());
    const acme = await AcmeServer.start(tools, path(name), { ...options, tlsPort });
    onTestFinished(() => acme.stop());
    showWhenTestFails(() => acme);
    return { acme, tlsPort };
  }

  /** A container of its own, on a volume by name. */
  async function startRegistry(acme: AcmeServer, port: number, volume: string, tls: Partial<LetsEncryptOptions> = {}) {
    const choice: LetsEncryptOptions = {
      email: "ops@example.com",
      hosts: [HOST],
      directoryUrl: acme.directoryUrl,
      caFile: acme.caFile,
      ...tls,
    };
    const directory = path(`container-${++containers}`);
    const options = { directory, acmeDirectory: path(volume), port, host: choice.hosts[0] };
    const registry = await startTlsRegistry(tools.registry, RegistryTls.letsEncrypt(choice), options);
    onTestFinished(async () => void (await registry.stop()));
    showWhenTestFails(() => registry);
    return registry;
  }

  const probe = (registry: RegistryProcess, host: string, ca: string[] = []) =>
    probeTls({ host, port: registry.port, address: "127.0.0.1", ca });

  /** What an operator is told; the registry writes its line when the handshake is over. */
  async function verdict(registry: RegistryProcess, failed: TlsProbe) {
    const isWritten = async () => /TLS handshake error from \S+: (?!EOF)/.test(registry.log);
    await eventually("the registry's line", isWritten);
    return judgeTls(failed, {
      tls: RegistryTls.letsEncrypt({ email: "a@example.com", hosts: [HOST], directoryUrl: "https://x" }),
      environment: "prod",
      log: registry.log,
    });
  }

  test("gets a certificate at the first handshake; a restart and a new container use it again", async () => {
    const { acme, tlsPort } = await startAcme("one");
    const first = await startRegistry(acme, tlsPort, "volume-one");
    const ca = [await acme.rootCertificate()];
    const issued = await probe(first, HOST, ca);
    expect(issued.failure).toBeUndefined();
    expect(issued.handshake).toMatchObject({
      protocol: "TLSv1.3",
      names: [HOST],
      issuer: expect.stringContaining("Pebble"),
    });
    console.log(`issuance: ${issued.handshake?.milliseconds} ms`);
    expect(judgeTls(issued, { tls: PUBLIC, environment: "prod" })).toMatchObject({ status: "passed" });
    const answer = await rawRequest(`https://127.0.0.1:${tlsPort}/v2/`, {
      servername: HOST,
      auth: "alice:password",
      ca,
    });
    expect(answer.status).toBe(200);
    expect(acme.orders).toBe(1);

    await first.stop();
    const again = await startRegistry(acme, tlsPort, "volume-one");
    const reused = await probe(again, HOST, ca);
    expect(reused.handshake?.chain[0]?.fingerprint256).toBe(issued.handshake?.chain[0]?.fingerprint256);
    expect(reused.handshake?.milliseconds).toBeLessThan(500);
    expect(acme.orders).toBe(1);
    expect(directoryOfCertificates("volume-one").sort()).toEqual(["acme_account+key", HOST]);

    await again.stop();
    const lost = await startRegistry(acme, tlsPort, "another-volume");
    expect((await probe(lost, HOST, ca)).failure).toBeUndefined();
    expect(acme.orders).toBe(2);
  });

  /** Where the certificates are: below the volume, in a directory for their ACME server; readable to nobody else. */
  function directoryOfCertificates(volume: string): string[] {
    const [directory = ""] = readdirSync(path(volume));
    const files = readdirSync(path(volume, directory));
    for (const file of files) expect(statSync(path(volume, directory, file)).mode & 0o077).toBe(0);
    return files;
  }

  test("gets one for each of two hosts", async () => {
    const { acme, tlsPort } = await startAcme("two");
    const registry = await startRegistry(acme, tlsPort, "volume-two", { hosts: [HOST, SECOND] });
    const ca = [await acme.rootCertificate()];
    const [one, two] = await Promise.all([probe(registry, HOST, ca), probe(registry, SECOND, ca)]);
    expect([one.failure, two.failure]).toEqual([undefined, undefined]);
    expect([one.handshake?.names, two.handshake?.names]).toEqual([[HOST], [SECOND]]);
    expect(acme.orders).toBe(2);
  });

  test("another ACME server's certificates are not used: a switch asks anew, and switching back does not", async () => {
    const { acme: practice, tlsPort } = await startAcme("practice");
    const { acme: real } = await startAcme("real", { tlsPort });
    const issuers: unknown[] = [];
    for (const acme of [practice, real, practice]) {
      const registry = await startRegistry(acme, tlsPort, "volume-switch");
      const { handshake } = await probe(registry, HOST);
      issuers.push(handshake?.issuer);
      await registry.stop();
    }
    expect(issuers[0]).not.toBe(issuers[1]);
    expect(issuers[0]).toBe(issuers[2]);
    expect([practice.orders, real.orders]).toEqual([1, 1]);
  });

  test("refuses names that are not listed, and asks for no certificate", async () => {
    const { acme, tlsPort } = await startAcme("names");
    const registry = await startRegistry(acme, tlsPort, "volume-names");
    const refused = await probe(registry, SECOND);
    expect(refused.failure?.kind).toBe("no-certificate");
    expect(await verdict(registry, refused)).toMatchObject({
      message: `The registry is not told to have a certificate for ${SECOND}`,
      remedy: `add ${SECOND} to registry.tls.hosts, exactly so, then plan and apply`,
      logLine: `acme/autocert: host "${SECOND}" not configured in HostWhitelist`,
    });
    for (const name of ["127.0.0.1", "localhost"])
      expect((await probe(registry, name)).failure?.kind).toBe("no-certificate");
    expect(acme.orders).toBe(0);
  });

  test("renews without a restart, and keeps the renewed one", async () => {
    const { acme, tlsPort } = await startAcme("short", { validitySeconds: 15 });
    const registry = await startRegistry(acme, tlsPort, "volume-short");
    const ca = [await acme.rootCertificate()];
    const serial = async () => {
      const { handshake, failure } = await probe(registry, HOST, ca);
      expect(failure).toBeUndefined();
      return handshake?.chain[0]?.fingerprint256;
    };
    const first = await serial();
    const began = Date.now();
    const second = await eventually(
      "a renewed certificate",
      async () => {
        await sleep(500);
        const now = await serial();
        return now !== first && now;
      },
      30_000,
    );
    // A third of its life before it ends, less up to a tenth of that third.
    expect(Date.now() - began).toBeGreaterThan(8_000);
    expect(acme.orders).toBe(2);
    await registry.stop();
    const again = await startRegistry(acme, tlsPort, "volume-short");
    expect((await probe(again, HOST, ca)).handshake?.chain[0]?.fingerprint256).toBe(second);
  });

  test("gets its certificate from a server that refuses every fifth request at random", async () => {
    const { acme, tlsPort } = await startAcme("nonces", { environment: { PEBBLE_WFE_NONCEREJECT: "20" } });
    const registry = await startRegistry(acme, tlsPort, "volume-nonces");
    expect((await probe(registry, HOST, [await acme.rootCertificate()])).failure).toBeUndefined();
  });

  describeUnless(
    process.getuid?.() === 0 ? undefined : "not root, to mount a small file system",
    "a full volume",
    () => {
      test("gets its certificate and cannot keep it: only what is missing there tells", async () => {
        const { acme, tlsPort } = await startAcme("full");
        mkdirSync(path("volume-full"));
        await output("mount", ["-t", "tmpfs", "-o", "size=4k", "tmpfs", path("volume-full")]);
        onTestFinished(async () => void (await output("umount", [path("volume-full")])));
        const registry = await startRegistry(acme, tlsPort, "volume-full");
        const target = { host: HOST, port: tlsPort, address: "127.0.0.1", ca: [await acme.rootCertificate()] };
        const listCertificates = async () =>
          readdirSync(path("volume-full"), { recursive: true }).map((file) => basename(String(file)));
        expect(await checkTls(target, { tls: PUBLIC, environment: "prod", listCertificates })).toMatchObject({
          status: "warning",
          message: `the certificate works, but is not kept: there is none of ${HOST} on the volume`,
        });
        expect(registry.log).not.toContain("no space left");
        await registry.stop();
      });
    },
  );

  test("explains a volume that is no directory", async () => {
    const { acme, tlsPort } = await startAcme("file");
    writeFileSync(path("volume-file"), "");
    const registry = await startRegistry(acme, tlsPort, "volume-file");
    const failed = await probe(registry, HOST);
    expect(await verdict(registry, failed)).toMatchObject({
      message: expect.stringMatching(/^The registry cannot keep its certificates: .*not a directory/),
    });
  });

  test.each<[string, (acme: AcmeServer) => Partial<LetsEncryptOptions>, string, string]>([
    [
      "a directory URL with another path",
      ({ directoryUrl }) => ({ directoryUrl: `${directoryUrl}x` }),
      "What answers at registry.tls.directoryUrl is no ACME directory: 404 : 404 page not found",
      "correct the URL",
    ],
    [
      "an ACME server that does not listen",
      () => ({ directoryUrl: "https://localhost:1/dir" }),
      "The registry does not reach the ACME server at https://localhost:1/dir: connection refused",
      "the container needs a way out",
    ],
    [
      "an ACME server without an address",
      () => ({ directoryUrl: "https://acme.invalid/dir" }),
      "The registry does not reach the ACME server at https://acme.invalid/dir: ",
      "the container needs a way out",
    ],
    [
      "an ACME server whose CA is not given",
      () => ({ caFile: undefined }),
      "The registry does not trust the ACME server: certificate signed by unknown authority",
      "registry.tls.caFile must be the CA that signed the ACME server's own address",
    ],
  ])("explains %s", async (_, change, message, remedy) => {
    const { acme, tlsPort } = await startAcme(`explain-${++containers}`);
    const registry = await startRegistry(acme, tlsPort, `volume-explain-${containers}`, change(acme));
    const began = Date.now();
    const failed = await probe(registry, HOST);
    expect(failed.failure?.kind).toBe("no-certificate");
    expect(Date.now() - began).toBeLessThan(10_000);
    const said = await verdict(registry, failed);
    expect(said).toMatchObject({ status: "failed", message: expect.stringContaining(message) });
    expect(said.remedy).toContain(remedy);
    // A second attempt within the minute says less; the first line still counts.
    expect((await verdict(registry, await probe(registry, HOST))).message).toBe(said.message);
  });

  test("explains a server that wants accounts of its own", async () => {
    const { acme, tlsPort } = await startAcme("eab", { externalAccounts: true });
    const registry = await startRegistry(acme, tlsPort, "volume-eab");
    const said = await verdict(registry, await probe(registry, HOST));
    expect(said.message).toContain("bound to one of its own (EAB), which Distribution cannot do");
  });

  test("explains a server that looks for the registry in vain, and how to find out why", async () => {
    const { acme } = await startAcme("elsewhere", { tlsPort: 1 });
    const registry = await startRegistry(acme, await freePort(), "volume-elsewhere");
    const said = await verdict(registry, await probe(registry, HOST));
    expect(said.message).toBe(`The ACME server looked for ${HOST} and did not find this registry there`);
    expect(said.remedy).toMatch(/^what it saw is written at https:\/\/localhost:\d+\/authZ\//);
    expect(said.causes.map(({ cause }) => cause)).toEqual([
      "DNS leads elsewhere, for IPv4 or only for IPv6",
      "port 443 is closed on the way from the Internet",
      "something ends TLS before the registry: a CDN, a load balancer, a proxy",
      "a CAA record forbids this CA",
    ]);
  });
});
