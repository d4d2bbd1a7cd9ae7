import { isIPv4 } from "node:net";
import type { ContainerConfig } from "@cdktf/provider-docker/lib/container";
import { Fn } from "cdktf";
import { literal } from "../values/literal";
import { publishedAddresses } from "../values/publish";
import type { ContainerFile, ContainerHealth, ContainerMount, ContainerPort, ContainerSpec } from "./platform";
import { lifecycle } from "./replace-with";

// Plain descriptions of containers in the words of `docker_container`.

/** What services and jobs share. */
export function containerConfig(spec: ContainerSpec): ContainerConfig {
  return {
    name: spec.name,
    image: spec.image,
    entrypoint: spec.entrypoint?.map(literal),
    command: spec.command?.map(literal),
    env: Object.entries(spec.environment ?? {})
      .map(([name, value]) => `${name}=${literal(value)}`)
      .sort(),
    user: spec.user,
    upload: spec.files?.map(upload),
    volumes: spec.mounts?.map(volume),
    networkMode: spec.networks ? "bridge" : "none",
    networksAdvanced: spec.networks?.map(({ id, aliases }) => ({ name: id, aliases })),
    capabilities: { add: [], drop: ["ALL"] },
    securityOpts: ["no-new-privileges"],
    dependsOn: spec.dependsOn,
    lifecycle: lifecycle(spec),
  };
}

/** The addresses that a port is published on. */
export function ports({ port, published }: ContainerPort) {
  if (!published) return [];
  return sorted(publishedAddresses(published)).map((ip) => ({
    internal: port,
    external: published.port,
    ip,
    protocol: "tcp",
  }));
}

/** In the order in which engines from 25 on report them, IPv4 first: another order would be a change in every plan. */
function sorted(addresses: readonly string[]): string[] {
  const key = (address: string) =>
    isIPv4(address)
      ? address
          .split(".")
          .map((part) => part.padStart(3, "0"))
          .join(".")
      : `9${address}`;
  return [...addresses].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function upload({ path, content, source, mode = "0444" }: ContainerFile) {
  return {
    file: path,
    permissions: mode,
    ...(source ? { source, sourceHash: Fn.filesha256(source) } : { content: literal(content ?? "") }),
  };
}

function volume({ path, volume, directory, readOnly = false }: ContainerMount) {
  return { containerPath: path, readOnly, ...(directory ? { hostPath: directory } : { volumeName: volume }) };
}

/** Labels as the provider takes them. */
export function labels(all: Record<string, string> = {}) {
  return Object.entries(all).map(([label, value]) => ({ label, value: literal(value) }));
}

/**
 * Quick while the container starts, rare afterwards. The provider refuses `start_interval` below API 1.44, and asks once a
 * second while it waits: without it, a check after 1.8 s is seen by its third look, one after 2 s by its fourth.
 */
export function healthcheck({ command, startSeconds = 60 }: ContainerHealth, olderThan25: boolean) {
  const check = { test: ["CMD", ...command], startPeriod: duration(startSeconds), timeout: "5s" };
  if (olderThan25) return { ...check, interval: "1.8s", retries: 5 };
  return { ...check, interval: "30s", startInterval: "500ms", retries: 3 };
}

/** Seconds as Go prints them, since the provider compares the text it reads back: 90 is `1m30s`. */
function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds % 60}s`;
}
