import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { mayHaveLogin, RedirectError, RegistryClient } from "../../../operations/registry/client";

const LOGIN = { user: "alice", password: "wonderland" };

/** A server that keeps what it was asked; `redirect` says where it sends a path. */
async function server(redirect: (path: string) => string | undefined = () => undefined) {
  const asked: { path: string; authorization?: string }[] = [];
  const listening = createServer((request: IncomingMessage, response) => {
    const path = request.url ?? "";
    asked.push({ path, authorization: request.headers.authorization });
    const location = redirect(path);
    response.writeHead(location ? 307 : 200, location ? { location } : {}).end("ok");
  });
  onTestFinished(() => void listening.close().closeAllConnections());
  await once(listening.listen(0, "127.0.0.1"), "listening");
  return { asked, port: (listening.address() as AddressInfo).port };
}

describe("a password goes to the registry and to nobody else", () => {
  test.each([
    ["another port", (port: number) => `http://127.0.0.1:${port}/elsewhere`],
    ["another name of the same machine", (port: number) => `http://localhost:${port}/elsewhere`],
    ["without a scheme", (port: number) => `//127.0.0.1:${port}/elsewhere`],
  ])("not after a redirect to %s", async (_, place) => {
    const other = await server();
    const registry = await server((path) => (path === "/v2/blob" ? place(other.port) : undefined));
    const client = new RegistryClient({ url: `http://127.0.0.1:${registry.port}`, login: LOGIN });
    expect((await client.get("/v2/blob")).status).toBe(200);
    expect(registry.asked[0]?.authorization).toMatch(/^Basic /);
    expect(other.asked).toEqual([{ path: "/elsewhere", authorization: undefined }]);
    // Nor a login that was given for this one request, nor to a URL that the registry named.
    await client.get("/v2/blob", { as: LOGIN });
    await client.request("PUT", `http://127.0.0.1:${other.port}/upload`, { as: LOGIN });
    expect(other.asked.map(({ authorization }) => authorization)).toEqual([undefined, undefined, undefined]);
  });

  test.each([
    ["https://registry.example.com/v2/", true],
    ["https://registry.example.com:443/v2/", true],
    ["http://registry.example.com/v2/", false],
    ["https://registry.example.com:8443/v2/", false],
    ["https://registry.example.com.evil.example/v2/", false],
    ["https://registry.example.com@evil.example/v2/", false],
  ])("of https://registry.example.com, to %s: %s", (url, may) => {
    expect(mayHaveLogin(new URL(url), new URL("https://registry.example.com"))).toBe(may);
  });

  test("again after a redirect within the registry", async () => {
    const registry = await server((path) => (path === "/old" ? "/new" : undefined));
    await new RegistryClient({ url: `http://127.0.0.1:${registry.port}`, login: LOGIN }).get("/old");
    expect(registry.asked.map(({ authorization }) => authorization?.slice(0, 5))).toEqual(["Basic", "Basic"]);
  });

  test("not while any certificate is accepted, and not when nobody asks", async () => {
    const registry = await server();
    const url = `http://127.0.0.1:${registry.port}`;
    await new RegistryClient({ url, login: LOGIN, insecure: true }).get("/");
    await new RegistryClient({ url, login: LOGIN }).get("/", { as: null });
    expect(registry.asked.map(({ authorization }) => authorization)).toEqual([undefined, undefined]);
  });

  test("the host is told when a redirect leads nowhere, and a circle ends", async () => {
    const lost = await server(() => "http://127.0.0.1:1/x");
    await expect(new RegistryClient({ url: `http://127.0.0.1:${lost.port}` }).get("/")).rejects.toThrow(RedirectError);
    const circle = await server((path) => path);
    expect((await new RegistryClient({ url: `http://127.0.0.1:${circle.port}` }).get("/round")).status).toBe(307);
    expect(circle.asked).toHaveLength(6);
  });
});
