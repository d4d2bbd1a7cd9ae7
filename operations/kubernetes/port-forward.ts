import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { Environment } from "../../config";
import { isLoopback } from "../../constructs/values/ip";
import { publishedAddresses } from "../../constructs/values/publish";
import { clientUrl } from "../../stacks";
import { isKubernetes } from "../runtime/connect";
import type { Dial, Runtime } from "../runtime/runtime";

/** What the platform calls the Service of the registry. */
const SERVICE = "registry";

/**
 * Makes a registry that only the cluster reaches answer at its URL for as long as something is done, as `kubectl port-forward`
 * does. One that clients reach otherwise, or that somebody forwards already, is left alone.
 */
export async function whileReachable<T>(
  environment: Environment,
  runtime: Runtime,
  work: () => Promise<T>,
): Promise<T> {
  const url = new URL(clientUrl(environment));
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const { publish } = environment.registry;
  const isHidden = publishedAddresses(publish).every(isLoopback) && (host === "localhost" || isLoopback(host));
  if (!isKubernetes(runtime) || !isHidden) return work();
  const close = await forwardPort(runtime.dial(`${environment.name}-registry`), publish.port);
  try {
    return await work();
  } finally {
    close();
  }
}

/** Listens on a port of this machine's loopback for what is to reach the registry. @returns ends it */
export async function forwardPort(dial: Dial, port: number): Promise<() => void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    dial(SERVICE, port).then(
      (stream) => {
        socket.once("close", () => stream.destroy());
        stream.once("close", () => socket.destroy());
        for (const one of [socket, stream]) one.on("error", () => socket.destroy());
        socket.pipe(stream).pipe(socket);
      },
      () => socket.destroy(),
    );
    socket.on("error", () => {});
  });
  if (!(await listens(server, port))) return () => {};
  return () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
}

/** @returns false: something answers there already, which may be a forwarded port of the same registry */
async function listens(server: Server, port: number): Promise<boolean> {
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  }
}
