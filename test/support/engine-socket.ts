import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Answers a request to an engine: an object is sent as JSON; nothing leaves the caller waiting; or it writes itself. */
export type Answer = (path: string, request: IncomingMessage, response: ServerResponse) => object | undefined;

/** A socket that speaks as much of Docker's API as a test gives it. @returns its address; it ends with the test */
export async function engineSocket(answer: Answer, at: "unix" | "tcp" = "unix"): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "engine-"));
  const server = createServer((request, response) => {
    const path = (request.url ?? "").replace(/^\/v1\.\d+/, "");
    const body = answer(path, request, response);
    if (body) response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  onTestFinished(() => {
    server.close().closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });
  const socket = join(folder, "docker.sock");
  await once(at === "unix" ? server.listen(socket) : server.listen(0, "127.0.0.1"), "listening");
  return at === "unix" ? `unix://${socket}` : `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An engine that says which version it is and knows no containers. */
export const engineOf =
  (version: string): Answer =>
  (path) => {
    if (path.startsWith("/_ping")) return {};
    if (path.startsWith("/version")) return { Version: version, ApiVersion: "1.41" };
    return path.startsWith("/info") ? { SystemTime: new Date().toISOString(), DockerRootDir: "/nowhere" } : [];
  };

/** An engine that accepts a connection and then says nothing, from the request on that a pattern names. */
export const silentFrom =
  (pattern: RegExp, before: Answer = engineOf("20.10.24")): Answer =>
  (path, request, response) =>
    pattern.test(path) ? undefined : before(path, request, response);
