import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { RegistryClient } from "../../../operations/registry/client";
import { sameToken, tokenChallenge, tokenIn, tokenUrl } from "../../../operations/registry/token";

const LOGIN = { user: "alice", password: "wonderland" };
const BASIC = `Basic ${Buffer.from("alice:wonderland").toString("base64")}`;
const HTTP = new URL("http://registry.example.com:5000");
const HTTPS = new URL("https://registry.example.com");

async function listen(handle: (request: IncomingMessage) => { status: number; headers?: object; body?: string }) {
  const server = createServer((request, response) => {
    const { status, headers = {}, body = "" } = handle(request);
    response.writeHead(status, headers as Record<string, string>).end(body);
  });
  onTestFinished(() => void server.close().closeAllConnections());
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A registry that takes tokens of one server, and that server; both keep what they were asked. */
async function pair({ knows = BASIC, scope = "repository:team/app:pull" } = {}) {
  const asked: string[] = [];
  const tokens: string[] = [];
  let given = 0;
  let valid = "";
  const realm = await listen(({ url, headers }) => {
    tokens.push(`${url} ${headers.authorization}`);
    if (headers.authorization !== knows) return { status: 401 };
    valid = `Bearer token-${++given}`;
    return { status: 200, body: JSON.stringify({ token: `token-${given}` }) };
  });
  const url = await listen(({ method, url: path, headers }) => {
    asked.push(`${method} ${path} ${headers.authorization}`);
    if (valid && headers.authorization === valid) return { status: 200, body: "ok" };
    const challenge = `Bearer realm="${realm}/auth",service="reg",scope="${scope}"`;
    return { status: 401, headers: { "www-authenticate": challenge } };
  });
  return { url, asked, tokens, expire: () => (valid = "expired") };
}

describe("a registry that takes tokens", () => {
  test("gets one of the server that it names, the same for the next request, and a new one when that has ended", async () => {
    const { url, asked, tokens, expire } = await pair();
    const client = new RegistryClient({ url, login: LOGIN });
    expect((await client.request("GET", "/v2/team/app/manifests/1")).status).toBe(200);
    expect((await client.request("HEAD", "/v2/team/app/blobs/sha256:1")).status).toBe(200);
    expect(tokens).toEqual([`/auth?service=reg&scope=repository%3Ateam%2Fapp%3Apull&account=alice ${BASIC}`]);
    expect(asked).toEqual([
      `GET /v2/team/app/manifests/1 ${BASIC}`,
      "GET /v2/team/app/manifests/1 Bearer token-1",
      "HEAD /v2/team/app/blobs/sha256:1 Bearer token-1",
    ]);
    expire();
    expect((await client.request("GET", "/v2/team/app/manifests/1")).status).toBe(200);
    expect(tokens).toHaveLength(2);
    expect(asked.at(-1)).toBe("GET /v2/team/app/manifests/1 Bearer token-2");
  });

  test("sends the body again with the token", async () => {
    const { url, asked } = await pair();
    const client = new RegistryClient({ url, login: LOGIN });
    const answer = await client.request("PUT", "/v2/team/app/manifests/1", { body: Buffer.from("{}") });
    expect(answer.status).toBe(200);
    expect(asked.map((line) => line.split(" ")[0])).toEqual(["PUT", "PUT"]);
  });

  test("a wrong password stays a refusal, and nobody asks for a token without one", async () => {
    const { url, tokens } = await pair();
    const client = new RegistryClient({ url, login: LOGIN });
    expect((await client.request("GET", "/v2/", { as: { user: "alice", password: "wrong" } })).status).toBe(401);
    expect(tokens).toHaveLength(1);
    expect((await client.request("GET", "/v2/", { as: null })).status).toBe(401);
    const careless = new RegistryClient({ url, login: LOGIN, insecure: true });
    expect((await careless.request("GET", "/v2/")).status).toBe(401);
    expect(tokens).toHaveLength(1);
  });
});

describe("a token server that reads a change", () => {
  type Fault = (response: ServerResponse) => unknown;
  const cut: Fault = ({ socket }) => socket?.destroy();
  const status =
    (code: number): Fault =>
    (response) =>
      response.writeHead(code).end();

  /** A registry, and a token server that fails as often as there are faults. */
  async function failing(...faults: Fault[]) {
    let asked = 0;
    const server = createServer((_, response) => {
      const fault = faults[asked++];
      if (fault) fault(response);
      else response.writeHead(200).end(JSON.stringify({ token: "good" }));
    });
    onTestFinished(() => void server.close().closeAllConnections());
    await once(server.listen(0, "127.0.0.1"), "listening");
    const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/auth`;
    const url = await listen(({ headers }) =>
      headers.authorization === "Bearer good"
        ? { status: 200 }
        : { status: 401, headers: { "www-authenticate": `Bearer realm="${realm}",service="reg"` } },
    );
    const request = () => new RegistryClient({ url, login: LOGIN }).request("GET", "/v2/");
    return { request, asked: () => asked };
  }

  test.each([
    ["cuts a request", cut],
    ["is behind a proxy that says 502", status(502)],
    ["is behind a proxy that says 503", status(503)],
  ])("and %s is asked once more", async (_, fault) => {
    const { request, asked } = await failing(fault);
    expect((await request()).status).toBe(200);
    expect(asked()).toBe(2);
  });

  test("is asked no more than that", async () => {
    const { request, asked } = await failing(cut, cut, cut);
    await expect(request()).rejects.toThrow("no token from http://127.0.0.1");
    expect(asked()).toBe(2);
  });

  test.each([401, 404, 500])("is not asked again after HTTP %s, which is an answer", async (code) => {
    const { request, asked } = await failing(status(code));
    expect((await request()).status).toBe(401);
    expect(asked()).toBe(1);
  });
});

test("a token server that does not answer is said to be the one", async () => {
  const url = await listen(() => ({
    status: 401,
    headers: { "www-authenticate": 'Bearer realm="http://127.0.0.1:1/auth",service="reg"' },
  }));
  await expect(new RegistryClient({ url, login: LOGIN }).request("GET", "/v2/")).rejects.toThrow(
    "no token from http://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1",
  );
});

describe("a challenge", () => {
  test("says where, for what service, and for which scopes", () => {
    const challenge = tokenChallenge(
      'Bearer realm="https://auth.example.com/auth?a=1",service="reg",scope="repository:a:pull,push repository:b:pull"',
      HTTPS,
    );
    expect(challenge && tokenUrl(challenge, "a b").href).toBe(
      "https://auth.example.com/auth?a=1&service=reg&scope=repository%3Aa%3Apull%2Cpush&scope=repository%3Ab%3Apull&account=a+b",
    );
  });

  test.each([
    ["of another way to log in", 'Basic realm="registry"', HTTP],
    ["without a place", 'Bearer service="reg"', HTTP],
    ["with a place that is no URL", 'Bearer realm="auth"', HTTP],
    ["of a registry with TLS, with a place in the clear", 'Bearer realm="http://auth.example.com"', HTTPS],
    ["with a place that is no web server", 'Bearer realm="file:///etc/passwd"', HTTP],
    ["that is missing", undefined, HTTP],
  ])("%s is none that a password is sent for", (_, header, registry) => {
    expect(tokenChallenge(header, registry)).toBeUndefined();
  });
});

test.each([
  ['{"token":"a","access_token":"b"}', "a"],
  ['{"access_token":"b"}', "b"],
  ['{"token":""}', undefined],
  ['{"token":1}', undefined],
  ["not JSON", undefined],
])("the token in %s is %s", (body, token) => {
  expect(tokenIn(Buffer.from(body))).toBe(token);
});

test("a token is for one user, one repository, and reading, writing or deleting", () => {
  const key = (method: string, path: string, user = "a") => sameToken(method, new URL(path, HTTP), user);
  expect(key("GET", "/v2/a/b/manifests/1")).toBe(key("HEAD", "/v2/a/b/blobs/sha256:1"));
  const others = [
    ...[key("PUT", "/v2/a/b/manifests/1"), key("DELETE", "/v2/a/b/manifests/1"), key("GET", "/v2/a/manifests/1")],
    ...[key("GET", "/v2/_catalog"), key("GET", "/v2/"), key("GET", "/v2/a/b/manifests/1", "b")],
  ];
  expect(new Set([...others, key("GET", "/v2/a/b/manifests/1")]).size).toBe(7);
});
