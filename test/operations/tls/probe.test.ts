import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import { RegistryTls } from "../../../constructs";
import { probeTls } from "../../../operations/tls/probe";
import { judgeTls, type TlsSituation } from "../../../operations/tls/verdict";
import { issue } from "../../support/x509";

const HOST = "registry.example.com";
const root = issue("Example Root", { ca: true });
const middle = issue("Example Issuing CA", { ca: true, issuer: root });
const good = issue("server", { names: [HOST], issuer: middle });
const FILES = RegistryTls.certificate({ certificateFile: "tls.crt", keyFile: "tls.key" });
const ACME = { email: "a@example.com", hosts: [HOST] };
const LETS_ENCRYPT = { tls: RegistryTls.letsEncrypt(ACME) };
const PROXY = { tls: RegistryTls.behindProxy({ url: `https://${HOST}` }) };
const at = (days: number) => new Date(Date.now() + days * 86_400_000);

async function listen(server: Server): Promise<number> {
  const sockets = new Set<{ destroy(): unknown }>();
  server.on("connection", (socket) => sockets.add(socket));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}

const serve = (options: TlsOptions) => listen(createTlsServer(options).on("tlsClientError", () => {}));
const chain = { cert: good.certificate + middle.certificate, key: good.key };
const probe = (port: number, more: object = {}) =>
  probeTls({ host: HOST, port, address: "127.0.0.1", ca: [root.certificate], timeoutMs: 2000, ...more });
const judge = async (probed: ReturnType<typeof probeTls>, situation: Partial<TlsSituation> = {}) =>
  judgeTls(await probed, { tls: FILES, environment: "prod", ...situation });

describe("a handshake that works", () => {
  test("says with whom, until when, and how", async () => {
    const { handshake, failure } = await probe(await serve(chain));
    expect(failure).toBeUndefined();
    expect(handshake).toMatchObject({ protocol: "TLSv1.3", names: [HOST], issuer: "Example Issuing CA", daysLeft: 89 });
    expect(handshake?.chain.map(({ subject }) => subject)).toEqual(["server", "Example Issuing CA", "Example Root"]);
    const said = await judge(probe(await serve(chain)));
    expect(said.status).toBe("passed");
    expect(said.message).toMatch(/^by Example Issuing CA, until \d{4}-\d\d-\d\d, 89 days left, TLSv1\.3, 0\.\d s$/);
  });

  test("warns when little time is left, in each mode its way", async () => {
    const soon = issue("server", { names: [HOST], issuer: root, notBefore: at(-85), notAfter: at(5) });
    const port = await serve({ cert: soon.certificate, key: soon.key });
    expect(await judge(probe(port))).toMatchObject({
      status: "warning",
      remedy: "renew the files, then: private-registry up prod",
    });
    expect((await judge(probe(port), LETS_ENCRYPT)).message).toContain("it should have been renewed");
    expect((await judge(probe(port), PROXY)).remedy).toBe("the proxy should have renewed it");
  });

  test("a certificate of six days is fine with five left", async () => {
    const short = issue("server", { names: [HOST], issuer: root, notBefore: at(-0.5), notAfter: at(5.5) });
    const port = await serve({ cert: short.certificate, key: short.key });
    expect(await judge(probe(port), LETS_ENCRYPT)).toMatchObject({ status: "passed" });
  });
});

describe("a handshake that fails", () => {
  const pair = (options: Parameters<typeof issue>[1]) => {
    const { certificate, key } = issue("server", { names: [HOST], issuer: root, ...options });
    return { cert: certificate, key };
  };

  test.each<[string, TlsOptions, string, string]>([
    [
      "another name",
      pair({ names: ["www.example.com"] }),
      "wrong-name",
      "the certificate is for www.example.com, not for registry.example.com; it is by Example Root",
    ],
    ["one that ended", pair({ notBefore: at(-9), notAfter: at(-2) }), "expired", "the certificate ended on "],
    ["one that begins later", pair({ notBefore: at(2) }), "not-yet-valid", "which is in the future"],
    ["an unknown CA", { ...pair({ issuer: undefined }) }, "untrusted", "clients do not trust it: it is by server"],
    [
      "no intermediate",
      { cert: good.certificate, key: good.key },
      "untrusted",
      "only the certificate itself is sent, without that of Example Issuing CA",
    ],
  ])("%s", async (_, options, kind, message) => {
    const port = await serve(options);
    expect((await probe(port)).failure?.kind).toBe(kind);
    const said = await judge(probe(port));
    expect(said).toMatchObject({ status: "failed", message: expect.stringContaining(message) });
    expect(said.remedy).toBeTruthy();
    if (kind === "untrusted")
      expect(said.remedy).toMatch(/trust \w+(?: --ca FILE)? makes .*sudo trust\/\w+\/install\.sh$/);
  });

  test("behind a proxy, what the proxy has to do", async () => {
    const ended = await serve(pair({ notBefore: at(-9), notAfter: at(-2) }));
    expect((await judge(probe(ended), PROXY)).remedy).toBe("the proxy should have renewed it");
    const plain = await listen(createHttpServer((_, response) => response.end()));
    expect((await judge(probe(plain), PROXY)).remedy).toBe("the proxy must end TLS at this port");
    const other = await serve(pair({ names: ["www.example.com"] }));
    expect((await judge(probe(other), PROXY)).remedy).toBe("it is not the registry that answers there");
    expect((await judge(probe(other))).remedy).toBe(`it must name ${HOST}`);
    const unknown = await serve(pair({ issuer: undefined }));
    expect((await judge(probe(unknown), PROXY)).remedy).toMatch(/^for a private CA: .* trust \w+ --ca FILE makes /);
  });

  test("no certificate for the name, as Distribution says it", async () => {
    // Node cannot send Go's alert 80; an SNI callback that fails ends in the same kind.
    const server = createServer((socket) =>
      socket.once("data", () => socket.end(Buffer.from("15030300020250", "hex"))),
    );
    const port = await listen(server);
    expect((await probe(port)).failure).toEqual({ kind: "no-certificate", raw: "tlsv1 alert internal error" });
    const said = await judge(probe(port), LETS_ENCRYPT);
    expect(said.message).toBe("the registry answers, and has no certificate for registry.example.com");
    expect(said.causes).toHaveLength(4);
    const log = `x http: TLS handshake error from 1.2.3.4:5: acme/autocert: unable to satisfy "https://ca/authz/1" for domain "${HOST}": no viable challenge type found`;
    expect((await judge(probe(port), { ...LETS_ENCRYPT, log })).remedy).toBe(
      "what it saw is written at https://ca/authz/1 (a browser shows it), and https://letsdebug.net looks from outside too",
    );
  });

  test("plain HTTP", async () => {
    const port = await listen(createHttpServer((_, response) => response.end()));
    expect((await probe(port)).failure?.kind).toBe("plain-http");
    expect((await judge(probe(port))).message).toBe(`127.0.0.1:${port} answers, but not with TLS`);
  });

  test("silence, bounded", async () => {
    const port = await listen(createServer(() => {}));
    const began = Date.now();
    expect((await probe(port, { timeoutMs: 300 })).failure?.kind).toBe("no-answer");
    expect(Date.now() - began).toBeLessThan(2000);
  });

  test("a connection that is closed", async () => {
    const port = await listen(createServer((socket) => socket.destroy()));
    expect((await probe(port)).failure?.kind).toBe("closed");
  });

  test("nobody", async () => {
    expect((await probe(1)).failure?.kind).toBe("refused");
    expect((await judge(probe(1))).message).toBe("nobody listens at 127.0.0.1:1");
  });

  test("a name without an address", async () => {
    const probed = probeTls({ host: "registry.invalid", port: 443, timeoutMs: 15_000 });
    expect((await probed).failure?.kind).toBe("no-address");
  });

  test("versions that have nothing in common", async () => {
    const port = await listen(
      createServer((socket) => socket.once("data", () => socket.end(Buffer.from("15030300020246", "hex")))),
    );
    expect((await probe(port)).failure?.kind).toBe("nothing-in-common");
  });

  test("Let's Encrypt's test service is a warning when it was chosen", async () => {
    const staging = issue("(STAGING) Counterfeit Cashew R10", { ca: true });
    const { certificate, key } = issue("x", { names: [HOST], issuer: staging });
    const port = await serve({ cert: certificate, key });
    const situation = { tls: RegistryTls.letsEncrypt({ ...ACME, directoryUrl: "staging" }) };
    expect(await judge(probe(port), situation)).toMatchObject({
      status: "warning",
      remedy: expect.stringContaining("issuance works"),
    });
    expect(await judge(probe(port), LETS_ENCRYPT)).toMatchObject({ status: "failed" });
  });
});
