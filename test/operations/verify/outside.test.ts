import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import type { ServerPort } from "../../../constructs";
import { RegistryTls } from "../../../constructs";
import { RegistryClient } from "../../../operations/registry/client";
import { checkName } from "../../../operations/verify/certificate";
import { Checks } from "../../../operations/verify/check";
import { checkExposure } from "../../../operations/verify/exposure";
import { verifyOutside } from "../../../operations/verify/verify";
import { listen } from "../../support/listener";
import { freePort, temporaryDirectory } from "../../support/process";
import { writeFile } from "../../support/registry-process";
import { issue } from "../../support/x509";

describe("over TLS", () => {
  const ca = issue("a CA", { ca: true });
  const own = issue("localhost", { names: ["localhost"], issuer: ca });
  const strange = issue("localhost", { names: ["other.example.com"], issuer: ca });

  /** A server that refuses everybody; what was asked of it, and what was found. */
  async function look({ certificate, key }: { certificate: string; key: string }, caFiles: string[]) {
    const seen: IncomingHttpHeaders[] = [];
    const server = createServer({ cert: certificate, key }, (request, response) => {
      seen.push(request.headers);
      response.writeHead(401, { "www-authenticate": "Basic" }).end();
    });
    onTestFinished(() => void server.close().closeAllConnections());
    await once(server.listen(0, "127.0.0.1"), "listening");
    const checks = new Checks();
    await verifyOutside(checks, {
      url: `https://localhost:${(server.address() as AddressInfo).port}`,
      login: { user: "bob", password: "a password" },
      caFiles,
      roundTrip: { delete: true, readOnly: false, pullThrough: false, behindProxy: false },
      tls: { tls: RegistryTls.certificate({ certificateFile: "tls.crt", keyFile: "tls.key" }), environment: "lab" },
    });
    const basic = Buffer.from("bob:a password").toString("base64");
    const sent = seen.filter(({ authorization }) => authorization?.includes(basic)).length;
    return { sent, of: (id: string) => checks.all.find((one) => one.id === id), requests: seen.length };
  }

  test("a client that accepts any certificate sends no password at all", async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer({ cert: own.certificate, key: own.key }, (request, response) => {
      seen.push(request.headers.authorization);
      response.end();
    });
    onTestFinished(() => void server.close().closeAllConnections());
    await once(server.listen(0, "127.0.0.1"), "listening");
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    const client = new RegistryClient({ url, login: { user: "bob", password: "a password" }, insecure: true });
    await client.get("/v2/");
    expect(seen).toEqual([undefined]);
  });

  const file = writeFile(temporaryDirectory()("ca.pem"), ca.certificate);

  test("a password goes over a connection whose certificate holds", async () => {
    const { sent, of } = await look(own, [file]);
    expect(of("certificate")?.status).not.toBe("failed");
    expect(sent).toBeGreaterThan(0);
  });

  test.each([
    ["of an unknown CA", own, []],
    ["for another name", strange, [file]],
  ])("none goes over one %s", async (_, certificate, caFiles) => {
    const { sent, requests, of } = await look(certificate, caFiles);
    expect(of("certificate")?.status).toBe("failed");
    expect(of("login")?.status).toBe("skipped");
    expect(requests).toBeGreaterThan(0);
    expect(sent).toBe(0);
  });
});

describe("what of the storage can be reached", () => {
  interface Given {
    readonly ownerOf?: () => Promise<string | undefined>;
  }

  async function exposure(
    port: Omit<ServerPort, "usual" | "title"> & { readonly usual?: number },
    { ownerOf }: Given = {},
  ) {
    const checks = new Checks();
    const ports = [{ title: "RustFS", usual: await freePort(), ...port }];
    const own = ["lab-rustfs"];
    await checkExposure(checks, { host: "127.0.0.1", isRemote: false, ports, bucket: "registry", ownerOf, own });
    return checks.all[0];
  }

  test("a closed port is as it should be", async () => {
    expect(await exposure({ id: "s3" })).toMatchObject({ id: "s3-closed", status: "passed" });
  });

  test("our own RustFS on a port that nothing should publish is a failure", async () => {
    const usual = await listen(() => 403);
    const ownerOf = async () => "container lab-rustfs";
    expect(await exposure({ id: "s3", usual }, { ownerOf })).toMatchObject({ status: "failed" });
  });

  test("somebody else's container on that port is theirs", async () => {
    const usual = await listen(() => 403);
    const ownerOf = async () => "container other-rustfs";
    expect(await exposure({ id: "console", usual }, { ownerOf })).toMatchObject({ status: "passed" });
  });

  test("an open port of nobody that is known is a warning", async () => {
    const usual = await listen(() => 404);
    expect(await exposure({ id: "s3", usual })).toMatchObject({ status: "warning" });
  });

  test.each([
    [200, "failed"],
    [403, "passed"],
    [500, "failed"],
  ])("S3 that is published and answers %i to strangers has %s", async (status, expected) => {
    const port = await listen(() => status);
    expect(await exposure({ id: "s3", published: { address: "127.0.0.1", port } })).toMatchObject({
      id: "s3-anonymous",
      status: expected,
    });
  });

  test("an open bucket is said in so many words", async () => {
    const port = await listen(() => 200);
    const found = await exposure({ id: "s3", published: { address: "127.0.0.1", port } });
    expect(found?.detail).toMatch(/every image is open/);
  });

  test("a published console has to answer", async () => {
    const port = await listen(() => 200);
    const published = (number: number) => ({ address: "127.0.0.1", port: number });
    expect(await exposure({ id: "console", published: published(port) })).toMatchObject({ status: "passed" });
    expect(await exposure({ id: "console", published: published(await freePort()) })).toMatchObject({
      status: "failed",
    });
  });
});

describe("a name that leads to no address of a family that is published", () => {
  const look = async (url: string, published?: readonly string[]) => {
    const checks = new Checks();
    await checkName(checks, url, { published });
    return checks.all[0];
  };

  test.each([
    ["http://127.0.0.1:5000", ["::"]],
    ["http://127.0.0.1:5000", ["::1", "fd00::5"]],
    ["http://[::1]:5000", ["0.0.0.0"]],
  ])("%s, published on %j, is explained", async (url, published) => {
    expect(await look(url, published)).toMatchObject({
      status: "warning",
      detail: expect.stringContaining(`the registry is published only on ${published.join(", ")} (`),
      remedy: expect.stringContaining("registry.publish.address: all"),
    });
  });

  test.each([
    ["http://127.0.0.1:5000", ["0.0.0.0", "::"]],
    ["http://127.0.0.1:5000", ["127.0.0.1"]],
    ["http://[::1]:5000", ["::"]],
    ["http://127.0.0.1:5000", undefined],
  ])("%s, published on %j, is fine", async (url, published) => {
    const lead = published ? "leads to the Docker host" : "has an address";
    expect(await look(url, published)).toMatchObject({ status: "passed", title: expect.stringContaining(lead) });
  });
});
