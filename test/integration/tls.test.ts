import { readFileSync } from "node:fs";
import { connect, type SecureVersion } from "node:tls";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { type CertificateOptions, Htpasswd, PrivateRegistry, RegistryTls } from "../../constructs";
import { type Certificates, makeCertificates, readPair } from "../support/certificates";
import { freePort, run, showWhenTestFails, temporaryDirectory } from "../support/process";
import { RegistryProcess, rawRequest, writeFile } from "../support/registry-process";
import { find, synthesize } from "../support/synth";
import { describeWithTools } from "../support/tools";
import { outside, unpack } from "../support/without-docker";

describeWithTools("the registry with a certificate of its own", ["registry", "crane", "openssl", "tar"], (tools) => {
  const path = temporaryDirectory();
  let certificates: Certificates;
  let ca: string;

  beforeAll(async () => {
    certificates = await makeCertificates(path());
    ca = readFileSync(certificates.ca, "utf8");
  });

  /** A registry with these TLS options, as the construct renders it, but with its storage in memory. */
  async function start(options: Partial<CertificateOptions> = {}, http: object = {}): Promise<RegistryProcess> {
    const { certificate, key } = certificates.server;
    const users = Htpasswd.empty.with("alice", "password").toString();
    const stack = synthesize((scope) => {
      new PrivateRegistry(scope, "registry", {
        registry: {
          tls: RegistryTls.certificate({ certificateFile: certificate, keyFile: key, ...options }),
          configuration: { storage: { s3: null, inmemory: {} }, http },
        },
        credentials: { registry_htpasswd: users, registry_http_secret: "h".repeat(40) },
      });
    });
    const port = await freePort();
    const places = outside(path, { port, debugPort: await freePort() });
    const { command } = unpack(find(stack, "docker_container", "distribution"), path(), places);
    writeFile(path("auth/htpasswd"), users);
    const registry = await RegistryProcess.start(tools.registry, command.at(-1) ?? "", port);
    onTestFinished(async () => void (await registry.stop()));
    showWhenTestFails(() => registry);
    return registry;
  }

  const ask = ({ port }: RegistryProcess, options: object = {}) =>
    rawRequest(`https://127.0.0.1:${port}/v2/`, { auth: "alice:password", ca, ...options }).then(
      ({ status }) => status,
      () => "refused",
    );

  /** What a handshake agrees on. */
  const handshake = ({ port }: RegistryProcess) =>
    new Promise<{ protocol: string | null; cipher: string; alpn: string | false | null }>((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port, ca, ALPNProtocols: ["h2", "http/1.1"] }, () => {
        resolve({ protocol: socket.getProtocol(), cipher: socket.getCipher().name, alpn: socket.alpnProtocol });
        socket.destroy();
      }).once("error", reject);
    });

  test("speaks HTTPS with it, to those who trust its CA", async () => {
    const registry = await start();
    expect(await ask(registry)).toBe(200);
    expect(await ask(registry, { ca: undefined })).toBe("refused");
    expect(await fetch(`${registry.url}/v2/`).then(({ status }) => status)).toBe(400);
    expect(await handshake(registry)).toMatchObject({ protocol: "TLSv1.3", alpn: "h2" });
  });

  test("crane pushes to it", async () => {
    const registry = await start();
    writeFile(path("file"), "content");
    await run("tar", ["-czf", path("layer.tar.gz"), "-C", path(), "file"]);
    const environment = { HOME: path(), DOCKER_CONFIG: path("docker"), SSL_CERT_FILE: certificates.ca };
    const crane = (...args: string[]) => run(tools.crane, args, { environment });
    const login = await crane("auth", "login", registry.address, "-u", "alice", "-p", "password");
    expect(login).toMatchObject({ code: 0 });
    const image = `${registry.address}/team/app:1`;
    // For 127.0.0.1 it would fall back to plain HTTP, which gets no further than 400 here.
    expect(await crane("append", "--oci-empty-base", "-f", path("layer.tar.gz"), "-t", image)).toMatchObject({
      code: 0,
    });
    expect(await crane("digest", image)).toMatchObject({ code: 0, stdout: expect.stringContaining("sha256:") });
  });

  test.each<["tls1.2" | "tls1.3", SecureVersion, number | string]>([
    ["tls1.2", "TLSv1.2", 200],
    ["tls1.3", "TLSv1.2", "refused"],
    ["tls1.3", "TLSv1.3", 200],
  ])("minimumVersion %s: a client with no more than %s gets %s", async (minimumVersion, maxVersion, answer) => {
    expect(await ask(await start({ minimumVersion }), { maxVersion })).toBe(answer);
  });

  test("cipherSuites are the only ones", async () => {
    const registry = await start({ cipherSuites: ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"] });
    const tls12 = (ciphers: string) => ask(registry, { maxVersion: "TLSv1.2", ciphers });
    expect(await tls12("ECDHE-ECDSA-AES256-GCM-SHA384")).toBe(200);
    expect(await tls12("ECDHE-ECDSA-AES128-GCM-SHA256")).toBe("refused");
  });

  test("clientCaFiles: only clients with a certificate of theirs are let in", async () => {
    const registry = await start({ clientCaFiles: [certificates.ca] });
    expect(await ask(registry)).toBe("refused");
    expect(await ask(registry, readPair(certificates.client))).toBe(200);
  });

  test("clientAuth verify-client-cert-if-given: a certificate is optional", async () => {
    const registry = await start({ clientCaFiles: [certificates.ca], clientAuth: "verify-client-cert-if-given" });
    expect(await ask(registry)).toBe(200);
    expect(await ask(registry, readPair(certificates.client))).toBe(200);
  });

  test("http2.disabled", async () => {
    expect(await handshake(await start({}, { http2: { disabled: true } }))).toMatchObject({ alpn: "http/1.1" });
  });
});
