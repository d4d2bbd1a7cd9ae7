import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A server on 127.0.0.1 that answers with a status; it ends with the test. */
export async function listen(answer: (request: IncomingMessage) => number): Promise<number> {
  const server = createServer((request, response) => response.writeHead(answer(request)).end());
  onTestFinished(() => void server.close().closeAllConnections());
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}

/** What a registry tells about an image. */
export interface Event {
  readonly action: string;
  readonly tag?: string;
  readonly digest: string;
  readonly repository: string;
  readonly token: string | undefined;
}

/** A server that takes notifications, and keeps them with the token they came with. */
export async function listenForEvents(): Promise<{ port: number; events: Event[] }> {
  const events: Event[] = [];
  const port = await listen((request) => {
    let body = "";
    request.on("data", (text) => {
      body += text;
    });
    request.on("end", () => {
      for (const { action, target } of JSON.parse(body).events) {
        const { tag, digest, repository } = target;
        events.push({ action, tag, digest, repository, token: request.headers["x-token"] as string });
      }
    });
    return 200;
  });
  return { port, events };
}
