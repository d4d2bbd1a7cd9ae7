import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { RegistryTls } from "../../../constructs";
import type { DirectoryAnswer } from "../../../operations/tls/acme-directory";
import { checkTls } from "../../../operations/tls/check";
import { issue } from "../../support/x509";

const HOST = "registry.example.com";
const DIRECTORY = "https://acme.example.com/dir";
const root = issue("Root", { ca: true });
const server = issue("server", { names: [HOST], issuer: root });
const TIMES = { attempt: 500, firstLook: 20, betweenLooks: 50, log: 100, pause: 20, quick: 400 };
/** For servers that answer at once: a slow machine's handshakes are quick, too. */
const PATIENT = { ...TIMES, attempt: 10_000, quick: 9_000 };
const INTERNAL_ERROR = Buffer.from("15030300020250", "hex");
const said = (cause: string) => `x http: TLS handshake error from 10.0.0.1:5: ${cause}`;

/** A server that meets the nth connection so; it keeps the last way for all that follow. */
async function serve(...ways: readonly ("refuse" | "hang" | "serve")[]) {
  const tls = createTlsServer({ cert: server.certificate, key: server.key }).on("tlsClientError", () => {});
  const sockets: Socket[] = [];
  const listening = createServer((socket) => {
    const way = ways[Math.min(sockets.length, ways.length - 1)];
    sockets.push(socket);
    socket.on("error", () => {});
    if (way === "serve") tls.emit("connection", socket);
    if (way === "refuse") socket.once("data", () => socket.end(INTERNAL_ERROR));
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    listening.close();
  });
  await once(listening.listen(0, "127.0.0.1"), "listening");
  return { port: (listening.address() as AddressInfo).port, sockets };
}

async function check(port: number, log: string, answer: DirectoryAnswer, times = TIMES) {
  const heard: string[] = [];
  let asked = 0;
  const target = { host: HOST, port, address: "127.0.0.1", ca: [root.certificate] };
  const verdict = await checkTls(target, {
    tls: RegistryTls.letsEncrypt({ email: "a@example.com", hosts: [HOST], directoryUrl: DIRECTORY }),
    environment: "prod",
    readLog: async () => log,
    askDirectory: async () => {
      asked++;
      return answer;
    },
    onProgress: (text) => heard.push(text),
    times,
  });
  return { verdict, heard, asked };
}

test("while the registry's attempt runs, the directory is asked and the cause is told; one handshake is all", async () => {
  const { port, sockets } = await serve("hang");
  const { verdict, heard, asked } = await check(port, "", { status: 429, retryAfter: "600" });
  expect(verdict).toMatchObject({
    status: "failed",
    message: expect.stringMatching(/acme\.example\.com\/dir limits requests \(HTTP 429\): wait 10 min, until/),
  });
  expect(heard[0]).toMatch(
    /^the registry is asking for its certificate, \d s of at most 1: The ACME server at .*HTTP 429/,
  );
  expect(asked).toBeGreaterThan(3);
  expect(sockets).toHaveLength(1);
});

test("a directory that answers is said to; the verdict sends to the log", async () => {
  const { port } = await serve("hang");
  const { verdict, heard } = await check(port, "", { status: 200 });
  expect(heard.at(-1)).toMatch(/its directory answers$/);
  expect(verdict.remedy).toContain("private-registry logs prod registry");
});

test("after a single request that failed, another handshake follows, and only then", async () => {
  const failing = said("503 : 503 Service Unavailable");
  const again = await serve("refuse", "serve");
  const { verdict, heard } = await check(again.port, failing, { status: 200 }, PATIENT);
  expect([verdict.status, again.sockets.length]).toEqual(["passed", 2]);
  // On a loaded machine progress is told before it.
  expect(heard.at(-1)).toMatch(/^a request to the ACME server failed \(503 : /);

  const never = await serve("refuse");
  expect((await check(never.port, failing, { status: 503 }, PATIENT)).verdict.message).toContain("fails (HTTP 503)");
  expect(never.sockets).toHaveLength(3);

  for (const cause of ["429 urn:ietf:params:acme:error:rateLimited: too many", "404 : 404 page not found"]) {
    const other = await serve("refuse", "serve");
    expect((await check(other.port, said(cause), { status: 200 }, PATIENT)).verdict.status).toBe("failed");
    expect(other.sockets).toHaveLength(1);
  }
});

test("what the log says exactly is not hidden by the directory", async () => {
  const { port } = await serve("refuse");
  const cause = 'acme/autocert: host "x.example.com" not configured in HostWhitelist';
  const { verdict } = await check(port, said(cause), { error: "no answer" }, PATIENT);
  expect(verdict.message).toBe("The registry is not told to have a certificate for x.example.com");
});
