import { readFileSync } from "node:fs";
import type { Environment } from "../../config";
import { storageServer } from "../../stacks";
import type { DockerConnection } from "../docker/docker";
import { privilegedPort } from "../known-failures";
import { passed, warning } from "../verify/check";

/** What an engine says about how it is confined. */
export interface Confinement {
  readonly isRootless: boolean;
  readonly hasSelinux: boolean;
  /** The uid of the host that root of a container is. @default - the same, or the engine does not say */
  readonly remappedRoot?: number;
  readonly isRemapped: boolean;
  readonly limitsMemory: boolean;
}

export async function confinementOf({ client }: DockerConnection): Promise<Confinement> {
  const { SecurityOptions, DockerRootDir, MemoryLimit } = (await client.info()) as {
    SecurityOptions?: readonly string[];
    DockerRootDir?: string;
    MemoryLimit?: boolean;
  };
  const options = new Set((SecurityOptions ?? []).flatMap((one) => /name=([\w-]+)/.exec(one)?.[1] ?? []));
  // dockerd keeps each range of users in a folder of its own, `UID.GID`.
  const root = options.has("userns") ? /\/(\d+)\.\d+$/.exec(DockerRootDir ?? "")?.[1] : undefined;
  return {
    isRootless: options.has("rootless"),
    hasSelinux: options.has("selinux"),
    isRemapped: options.has("userns"),
    remappedRoot: root === undefined ? undefined : Number(root),
    limitsMemory: MemoryLimit !== false,
  };
}

/** Rootless engines, remapped users and SELinux change who owns files, which ports may be published, and what is limited. */
export async function checkSecurity(docker: DockerConnection, environment: Environment, lowestOpen = lowestPort) {
  const { name, registry, access, ui } = environment;
  const { directories = [], ports: published = [] } = storageServer(environment) ?? {};
  const { isRootless, isRemapped, hasSelinux, limitsMemory } = await confinementOf(docker);
  const kinds = [
    ...(isRootless ? ["rootless"] : []),
    ...(isRemapped ? ["users remapped"] : []),
    ...(hasSelinux ? ["SELinux"] : []),
    ...(limitsMemory ? [] : ["no limits of memory"]),
  ];
  if (kinds.length === 0) return passed();
  const ports = [registry.publish, access, ui?.publish, ...published.map((one) => one.published)].flatMap(
    (one) => one?.port ?? [],
  );
  const lowest = Math.min(...ports);
  const open = docker.isLocal ? lowestOpen() : undefined;
  const notes = [
    ...(isRootless && lowest < (open ?? 1024)
      ? [`${privilegedPort(lowest)}; or publish one from ${open ?? 1024}`]
      : []),
    ...(hasSelinux && directories.length > 0
      ? [`directories need a label, on the Docker host: sudo chcon -Rt container_file_t ${directories.join(" ")}`]
      : []),
    ...(limitsMemory
      ? []
      : [
          `this engine limits no memory: a container may take all of it. ${isRootless ? "Rootless engines need cgroup v2 and systemd for it" : "Its kernel or cgroups are set up without"}`,
        ]),
  ];
  const detail = `${kinds.join(", ")}${notes.length === 0 ? `; nothing in ${name} minds` : ""}`;
  return notes.length === 0 ? passed(detail) : warning(detail, notes.join("\n    → "));
}

/** The lowest port that a user of this machine may publish; not there on other systems than Linux. */
function lowestPort(): number | undefined {
  try {
    return Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8"));
  } catch {
    return undefined;
  }
}
