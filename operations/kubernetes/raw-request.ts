import { type IncomingMessage, request as requestHttp } from "node:http";
import { type RequestOptions, request as requestHttps } from "node:https";
import { text } from "node:stream/consumers";
import type { Cluster } from "./connection";
import { kubernetesFailure } from "./failure";

type Asking = Pick<Cluster, "config" | "server" | "context" | "namespace">;

export interface RawOptions {
  /** Ends it. */
  readonly signal?: AbortSignal;
  /** The answer must have begun by then. */
  readonly limitMs?: number;
}

/**
 * Asks for what the client has no method for, or gathers in memory: logs that go on, and the figures of the metrics server.
 * @throws Failure when it is refused; an error with code 404 when it is not there
 */
export async function openPath(
  cluster: Asking,
  path: string,
  { signal, limitMs = 30_000 }: RawOptions = {},
): Promise<IncomingMessage> {
  const options: RequestOptions = { method: "GET" };
  await cluster.config.applyToHTTPSOptions(options as never);
  const url = new URL(`${cluster.server.replace(/\/$/, "")}${path}`);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = (url.protocol === "https:" ? requestHttps : requestHttp)(url, { ...options, signal }, resolve);
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${limitMs / 1000} s`)), limitMs);
    request.once("response", () => clearTimeout(timer));
    request.once("error", (error) => {
      clearTimeout(timer);
      reject(kubernetesFailure(error, cluster));
    });
    request.end();
  });
  const { statusCode: code = 0 } = response;
  if (code < 400) return response;
  const refused = Object.assign(new Error(`HTTP ${code}`), { code, body: await text(response) });
  throw code === 404 ? refused : kubernetesFailure(refused, cluster);
}

/** The JSON at a path. */
export async function readPath<T>(cluster: Asking, path: string, options: RawOptions = {}): Promise<T> {
  return JSON.parse(await text(await openPath(cluster, path, options))) as T;
}
