import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** Status and body by `METHOD path`; `POST` for every push. */
export type PageAnswers = Readonly<Record<string, readonly [number, string?]>>;

export const WELL: PageAnswers = {
  "GET /": [200, "<docker-registry-ui name>"],
  "HEAD /docker-registry-ui.js": [200],
  "GET /v2/_catalog": [401],
  POST: [405],
};

/** A page to browse that answers as told; it ends with the test. @returns its port on 127.0.0.1 */
export async function servePage(answers: PageAnswers): Promise<number> {
  const server = createServer(({ method, url }, response) => {
    const [status, body = ""] = answers[method === "POST" ? "POST" : `${method} ${url}`] ?? [404];
    response.writeHead(status).end(body);
  });
  onTestFinished(() => void server.close().closeAllConnections());
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}
