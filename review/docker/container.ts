import { DEFAULT_WAIT_SECONDS } from "../../plan/docker-facts";
import { get, list, number, record, strings, text } from "../../plan/json";
import { UNKNOWN, type Values } from "../../plan/model";
import { knownName } from "../name";
import type { Container, Mount, Names } from "../world/container";
import { type ImageName, parseImage } from "../world/image";
import { type Identity, identify } from "../world/roles";

const COMPONENT_LABEL = "dev.private-registry.component";

export function readContainer(address: string, type: string, values: Values, names: Names): Container | undefined {
  if (type !== "docker_container") return undefined;
  const env = environment(get(values, "env"));
  const health = list(get(values, "healthcheck"))[0];
  const isJob = isOneShot(values);
  const mounts = [
    ...list(get(values, "volumes")).map((volume) => volumeMount(address, volume, names)),
    ...list(get(values, "mounts")).map((mount) => otherMount(address, mount, names)),
    ...Object.keys(record(get(values, "tmpfs"))).map((path): Mount => ({ path, kind: "memory", readOnly: false })),
  ];
  return assemble(address, values, {
    isJob,
    env,
    mounts,
    name: text(get(values, "name")) ?? address,
    image: image(address, get(values, "image"), names),
    arguments: [...strings(get(values, "entrypoint")), ...strings(get(values, "command"))],
    ports: list(get(values, "ports")).map((port) => ({
      internal: Number(get(port, "internal")) || 0,
      external: number(get(port, "external")) || undefined,
      address: text(get(port, "ip")) ?? "0.0.0.0",
      protocol: text(get(port, "protocol")) ?? "tcp",
    })),
    networks: networksOf(address, get(values, "networks_advanced"), names),
    sharesHostNetwork: get(values, "network_mode") === "host",
    isPrivileged: get(values, "privileged") === true,
    restarts: (get(values, "restart") ?? "no") !== "no",
    isStopped: get(values, "must_run") === false,
    memoryMb: number(get(values, "memory")) || undefined,
    healthCommand: strings(get(health, "test")),
    runsOnCreate: isJob,
    isMain: true,
    exit: get(values, "attach") === true ? "attached" : undefined,
    envInView: inView(get(values, "env")),
    told: toldTo(values),
    timing: {
      stopGraceSeconds: number(get(values, "destroy_grace_seconds")) ?? 0,
      waitSeconds:
        get(values, "wait") === true ? number(get(values, "wait_timeout")) || DEFAULT_WAIT_SECONDS : undefined,
      healthIntervalSeconds: health === undefined ? undefined : seconds(text(get(health, "interval"))) || 30,
    },
  });
}

/** A service that somebody stopped also has `must_run = false` until the apply, but it has a restart policy. */
function isOneShot(values: Values): boolean {
  const restarts = /^(always|unless-stopped|on-failure)/.test(text(get(values, "restart")) ?? "no");
  return !restarts && (get(values, "must_run") === false || get(values, "attach") === true);
}

type Parts = Omit<Container, keyof Identity | "address" | "values" | "labels" | "uploads">;

function assemble(address: string, values: Values, parts: Parts): Container {
  const labels = new Map(
    list(get(values, "labels")).map((label) => [String(get(label, "label")), String(get(label, "value"))]),
  );
  const uploads = list(get(values, "upload")).map((upload) => ({
    file: text(get(upload, "file")) ?? "",
    content: text(get(upload, "content")),
  }));
  const component = labels.get(COMPONENT_LABEL);
  const files = uploads.map(({ file }) => file);
  return { ...parts, ...identify({ ...parts, component, uploads: files }), address, values, labels, uploads };
}

/** A masked set is one text. */
function inView(env: unknown): Container["envInView"] {
  if (env === UNKNOWN) return "unknown";
  return typeof env === "string" ? "secret" : "known";
}

/** What it is given as variables, files and arguments; a label or a name is no key. */
function toldTo({ env, upload, command, entrypoint, task_spec }: Values): object {
  return { env, upload, command, entrypoint, task_spec };
}

function environment(value: unknown): Map<string, string> {
  return new Map(
    strings(value).map((entry) => {
      const at = entry.indexOf("=");
      return at < 0 ? [entry, ""] : [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}

/** An image id says nothing to people: the name it was pulled by does. */
function image(address: string, value: unknown, names: Names): ImageName | undefined {
  const reference = text(value);
  if (reference === undefined || reference === UNKNOWN || /^(docker\.io\/)?sha256:/.test(reference)) {
    const pulled = reference && reference !== UNKNOWN ? names.images.get(reference) : undefined;
    const planned = names.referenced(address, "image", "docker_image")[0]?.after;
    const name = pulled ?? text(get(planned, "name"));
    return name ? parseImage(name) : undefined;
  }
  return parseImage(reference);
}

/** Ids as names. Those still unknown are the declared ones that no known name accounts for. */
function networksOf(address: string, blocks: unknown, names: Names): string[] {
  const given = list(blocks).map((block) => text(get(block, "name")) ?? UNKNOWN);
  const known = given.filter((name) => name !== UNKNOWN).map((name) => names.networks.get(name) ?? name);
  const declared = names
    .referenced(address, "networks_advanced", "docker_network")
    .map(({ after }) => knownName(after))
    .filter((name) => name !== undefined && !known.includes(name));
  return [...known, ...given.filter((name) => name === UNKNOWN).map((name, index) => declared[index] ?? name)];
}

function volumeMount(address: string, volume: unknown, names: Names): Mount {
  const at = { path: text(get(volume, "container_path")) ?? "", readOnly: get(volume, "read_only") === true };
  const directory = text(get(volume, "host_path"));
  const name = text(get(volume, "volume_name"));
  if (directory) return { ...at, kind: "directory", source: directory };
  if (name) return { ...at, kind: "volume", source: volumeName(address, name, "volumes", names) };
  return { ...at, kind: text(get(volume, "from_container")) ? "unknown" : "anonymous" };
}

function otherMount(address: string, mount: unknown, names: Names): Mount {
  const at = { path: text(get(mount, "target")) ?? "", readOnly: get(mount, "read_only") === true };
  const source = text(get(mount, "source"));
  switch (get(mount, "type")) {
    case "bind":
      return { ...at, kind: "directory", source };
    case "volume":
      return source
        ? { ...at, kind: "volume", source: volumeName(address, source, "mounts", names) }
        : { ...at, kind: "anonymous" };
    case "tmpfs":
      return { ...at, kind: "memory" };
    default:
      return { ...at, kind: "unknown" };
  }
}

/** A volume whose name Docker chooses is known by its address until it exists. */
function volumeName(address: string, name: string, attribute: string, names: Names): string {
  if (name !== UNKNOWN) return name;
  const [planned] = names.referenced(address, attribute, "docker_volume");
  return planned ? (knownName(planned.after) ?? planned.address) : UNKNOWN;
}

/** Go's duration: `1m30s`, `500ms`. */
function seconds(duration: string | undefined): number | undefined {
  if (duration === undefined) return undefined;
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g)];
  const unit: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };
  return parts.length === 0 ? undefined : parts.reduce((sum, [, n, u]) => sum + Number(n) * (unit[u ?? ""] ?? 0), 0);
}
