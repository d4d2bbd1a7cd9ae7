import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { RegistryTls } from "../../../constructs";
import { checkTls } from "../../../operations/tls/check";
import { issue } from "../../support/x509";

const HOST = "registry.example.com";
const OTHER = "images.example.com";
const root = issue("Root", { ca: true });
const server = issue("server", { names: [HOST], issuer: root });
const subject = (...hosts: string[]) => ({
  tls: RegistryTls.letsEncrypt({ email: "a@example.com", hosts }),
  environment: "prod",
});

async function serve(): Promise<number> {
  const listening = createTlsServer({ cert: server.certificate, key: server.key }).on("tlsClientError", () => {});
  onTestFinished(() => void listening.close());
  await once(listening.listen(0, "127.0.0.1"), "listening");
  return (listening.address() as AddressInfo).port;
}

const target = (port: number) => ({ host: HOST, port, address: "127.0.0.1", ca: [root.certificate] });

test("passes with the certificate kept on the volume", async () => {
  const listCertificates = async () => ["acme_account+key", HOST];
  expect(await checkTls(target(await serve()), { ...subject(HOST), listCertificates })).toMatchObject({
    status: "passed",
  });
});

test("warns when the certificate is not on the volume", async () => {
  const listCertificates = async () => ["acme_account+key"];
  expect(await checkTls(target(await serve()), { ...subject(HOST), listCertificates })).toMatchObject({
    status: "warning",
    message: `the certificate works, but is not kept: there is none of ${HOST} on the volume`,
  });
  const broken = () => Promise.reject(new Error("no Docker"));
  expect(await checkTls(target(await serve()), { ...subject(HOST), listCertificates: broken })).toMatchObject({
    status: "passed",
  });
});

test("looks at every name, and tells about the worst", async () => {
  const said = await checkTls(target(await serve()), subject(HOST, OTHER));
  expect(said).toMatchObject({
    status: "failed",
    message: expect.stringMatching(/^images\.example\.com: the certificate is for/),
  });
});

test("reads the log after the handshake, until the cause is in it", async () => {
  const refusing = createServer((socket) =>
    socket.once("data", () => socket.end(Buffer.from("15030300020250", "hex"))),
  );
  onTestFinished(() => void refusing.close());
  await once(refusing.listen(0, "127.0.0.1"), "listening");
  let reads = 0;
  const readLog = async () =>
    ++reads < 3 ? "" : "x http: TLS handshake error from 10.0.0.1:5: 404 : 404 page not found";
  const { port } = refusing.address() as AddressInfo;
  const said = await checkTls(target(port), { ...subject(HOST), readLog });
  expect(said).toMatchObject({ status: "failed", logLine: "404 : 404 page not found" });
  expect(reads).toBe(3);
});
