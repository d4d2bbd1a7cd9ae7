import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { addressesOverlap } from "../../constructs/values/ip";
import type { DockerConnection } from "./docker";

/**
 * Who listens on a port of the Docker host: a container, or a process of this machine. `undefined`: nobody that can be seen.
 * @param address only who competes with it; anybody with the port by default
 */
export async function portOwner(
  docker: DockerConnection | undefined,
  port: number,
  address?: string,
): Promise<string | undefined> {
  const competes = (ip: string | undefined) => !address || !ip || addressesOverlap(ip, address);
  const containers = await docker?.client.listContainers().catch(() => []);
  const container = containers?.find(({ Ports }) =>
    Ports.some(({ PublicPort, IP }) => PublicPort === port && competes(IP)),
  );
  if (container) return `container ${containerName(container.Names)}`;
  return docker && !docker.isLocal ? undefined : processOnPort(port);
}

/** Whether a port of this machine can be listened on; as Docker does, `::` without IPv4. */
export function isPortFree(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "EADDRINUSE"));
    server.listen({ port, host: address, exclusive: true, ipv6Only: true }, () => server.close(() => resolve(true)));
  });
}

export function containerName(names: readonly string[] | undefined): string {
  return names?.[0]?.replace(/^\//, "") ?? "?";
}

/** The process that listens on a port, e.g. `process 4711 (nginx)`; Linux only, and only what this user may see. */
function processOnPort(port: number): string | undefined {
  const inodes = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => listeners(file, port));
  if (inodes.length === 0) return undefined;
  for (const pid of list("/proc").filter((name) => /^\d+$/.test(name))) {
    const sockets = list(`/proc/${pid}/fd`).map((fd) => link(`/proc/${pid}/fd/${fd}`));
    if (inodes.some((inode) => sockets.includes(`socket:[${inode}]`))) {
      return `process ${pid} (${read(`/proc/${pid}/comm`).trim() || "?"})`;
    }
  }
  return "a process of another user";
}

/** Inodes of the sockets that listen on a port. */
function listeners(file: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return read(file)
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === "0A")
    .flatMap((fields) => fields[9] ?? []);
}

const attempt = <T>(work: () => T, otherwise: T): T => {
  try {
    return work();
  } catch {
    return otherwise;
  }
};
const read = (path: string) => attempt(() => readFileSync(path, "utf8"), "");
const list = (path: string) => attempt(() => readdirSync(path), []);
const link = (path: string) => attempt(() => readlinkSync(path), "");
