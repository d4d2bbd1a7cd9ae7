import { PassThrough } from "node:stream";
import type { Cluster } from "./connection";
import { forbidden, kubernetesFailure } from "./failure";

/** The parts of a websocket that are used; the library's type has those of browsers only. */
export interface Channel {
  send(bytes: Buffer, done?: (error?: Error) => void): void;
  close(): void;
  terminate(): void;
  pause(): void;
  resume(): void;
  /** Asks whether the other side is there; it answers with a `pong`. */
  ping(): void;
  on(event: "close" | "error" | "pong", hear: (reason: unknown) => void): void;
}

/** Numbers of the streams of a program in a container. */
export const STREAM = { stdin: 0, stdout: 1, stderr: 2, status: 3 } as const;

/**
 * Opens a websocket of the API server. Each message begins with the number of its stream.
 * @throws Failure when it is refused; an error with code 404 when there is no such pod
 */
export async function openChannel(
  cluster: Pick<Cluster, "library" | "config" | "server" | "context" | "namespace">,
  path: string,
  onBytes: (stream: number, bytes: Buffer) => void,
): Promise<Channel> {
  // The library ends the streams of this process when the server ends one of its own, unless it is given others.
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const { handler } = new cluster.library.Exec(cluster.config);
  Object.assign(handler, { streams: { stdin, stdout, stderr } });
  const opened = handler.connect(path, null, (stream, bytes) => {
    onBytes(stream, bytes);
    return true;
  });
  const socket = await opened.catch((error: unknown) => {
    const { message = "" } = error as { message?: string };
    const status = /Unexpected server response: (\d+)/.exec(message)?.[1];
    if (status === "404") throw Object.assign(new Error("there is no such pod"), { code: 404 });
    const [, subresource] = /\/(attach|exec|portforward)\?/.exec(path) ?? [];
    throw status === "403"
      ? forbidden(
          cluster,
          { user: "the login of this context", verb: "create", resource: `pods/${subresource}` },
          message,
        )
      : kubernetesFailure(error, cluster);
  });
  return socket as unknown as Channel;
}

/** The path of a program in a container. */
export function execPath(
  namespace: string,
  pod: string,
  container: string,
  command: readonly string[],
  hasInput: boolean,
): string {
  const query = new URLSearchParams({ container, stdout: "true", stderr: "true" });
  if (hasInput) query.set("stdin", "true");
  for (const word of command) query.append("command", word);
  return `/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query}`;
}

/** The path of the standard input of a container's own program. */
export function attachPath(namespace: string, pod: string, container: string): string {
  const query = new URLSearchParams({ container, stdin: "true", stdout: "true", stderr: "true" });
  return `/api/v1/namespaces/${namespace}/pods/${pod}/attach?${query}`;
}

/** A message of a stream. */
export function message(stream: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([stream]), bytes]);
}
