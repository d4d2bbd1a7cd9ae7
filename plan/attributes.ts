import { isComputed, isDefault, isReadBack, root } from "./docker-facts";
import { get, list, MAX_DEPTH, text } from "./json";
import { isKubernetesDefault, isSetByCluster, kindOf, withoutNumbers } from "./kubernetes-facts";
import { type Action, type AttributeChange, UNKNOWN, type Values } from "./model";

/** One member of a set of blocks: what identifies it, and the rest of it as people write it. */
type Entry = readonly [key: string, value: string];

/** Sets of blocks whose members have an identity: compared by it, not by their place in the list. */
const ENTRIES: Readonly<Record<string, (item: unknown) => Entry>> = {
  env: (item) => {
    const [name, value] = splitOnce(String(item), "=");
    return [name, value];
  },
  labels: (item) => [string(item, "label"), string(item, "value")],
  ports: (item) => [
    `${string(item, "internal")}/${text(get(item, "protocol")) ?? "tcp"}`,
    `${text(get(item, "ip")) ?? "0.0.0.0"}:${string(item, "external") || "(chosen by Docker)"}`,
  ],
  volumes: (item) => [string(item, "container_path"), mountSource(item)],
  mounts: (item) => [
    string(item, "target"),
    `${string(item, "type")} ${string(item, "source")}${readOnly(item)}`.trim(),
  ],
  upload: (item) => [string(item, "file"), uploaded(item)],
  networks_advanced: (item) => [string(item, "name"), joined(item)],
  host: (item) => [string(item, "host"), string(item, "ip")],
  ulimit: (item) => [string(item, "name"), `${string(item, "soft")}:${string(item, "hard")}`],
  devices: (item) => [string(item, "container_path") || string(item, "host_path"), string(item, "host_path")],
};

/**
 * The values of a resource as `path → text`. What means «not set» to the provider (null, "", 0, false, empty) is left
 * out, so a value and its read-back compare equal.
 */
function flatten(type: string, values: Values | undefined): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [name, value] of Object.entries(values ?? {})) {
    const entry = type.startsWith("docker_") ? (Object.hasOwn(ENTRIES, name) ? ENTRIES[name] : undefined) : undefined;
    if (entry && Array.isArray(value)) addEntries(flat, name, value, entry);
    else add(flat, name, value, 0, kindOf(type) !== undefined);
  }
  return flat;
}

function addEntries(
  flat: Map<string, string>,
  name: string,
  items: readonly unknown[],
  entry: (item: unknown) => Entry,
): void {
  for (const item of items) {
    const [key, value] = entry(item);
    let path = `${name}.${key}`;
    // The same port may be published twice, at two addresses.
    for (let n = 2; flat.has(path); n++) path = `${name}.${key} (${n})`;
    flat.set(path, value);
  }
}

function add(flat: Map<string, string>, path: string, value: unknown, depth: number, named = false): void {
  if (value === null || value === undefined || value === "" || value === false || value === 0) return;
  if (Array.isArray(value) && value.every((item) => typeof item !== "object")) {
    if (value.length > 0) flat.set(path, value.map(String).join(" "));
  } else if (typeof value === "object" && depth < MAX_DEPTH) {
    addMembers(flat, path, value, depth, named);
  } else {
    flat.set(path, String(value));
  }
}

function addMembers(flat: Map<string, string>, path: string, value: object, depth: number, named: boolean): void {
  const isList = Array.isArray(value);
  for (const [key, item] of Object.entries(value)) {
    const name = named && isList ? memberName(path, item) : undefined;
    const alone = isList && value.length === 1 && name === undefined;
    add(flat, alone ? path : `${path}.${name ?? key}`, item, depth + 1, named);
  }
}

/** Variables, volumes, mounts and ports of Kubernetes have names: compared by them, not by their place in the list. */
function memberName(path: string, item: unknown): string | undefined {
  switch (path.split(".").at(-1)) {
    case "env":
    case "volume":
    case "volume_claim_template":
      return text(get(item, "name"));
    case "volume_mount":
      return text(get(item, "mount_path"));
    default:
      return undefined;
  }
}

/** What really changes. `replacePaths` are the attributes that force a replacement. */
export function attributeChanges(
  type: string,
  action: Action,
  before: Values | undefined,
  after: Values | undefined,
  replacePaths: readonly string[],
): AttributeChange[] {
  if (action === "none" || action === "read" || action === "forget") return [];
  const [old, next] = [flatten(type, before), flatten(type, after)];
  const forced = new Set(replacePaths.map(withoutNumbers));
  const isForced = (path: string) => {
    const steps = withoutNumbers(path).split(".");
    return steps.some((_, at) => forced.has(steps.slice(0, at + 1).join(".")));
  };
  const changes: AttributeChange[] = [];
  for (const path of new Set([...old.keys(), ...next.keys()])) {
    const [from, to] = [old.get(path), next.get(path)];
    const forcesReplacement = isForced(path) && from !== to;
    if (from === to || isNoise(type, action, path, to, after, forcesReplacement)) continue;
    if ((action === "create" || action === "delete") && isSetByProvider(type, path, from ?? to)) continue;
    // After an apply the provider keeps what was asked for; the next plan reads what the cluster filled in.
    if (from === undefined && !forcesReplacement && isKubernetesDefault(type, path, to)) continue;
    changes.push({ path, before: from, after: to, forcesReplacement });
  }
  return changes.sort(
    (a, b) => Number(b.forcesReplacement) - Number(a.forcesReplacement) || (a.path < b.path ? -1 : 1),
  );
}

/** A destroyed and created resource learns its computed attributes anew; that is no change that anybody made. */
function isNoise(
  type: string,
  action: Action,
  path: string,
  to: string | undefined,
  after: Values | undefined,
  forces: boolean,
): boolean {
  if (isComputed(type, root(path)) || isSetByCluster(type, path)) return true;
  if (forces) return false;
  if (action === "replace" && to === undefined && isReadBack(type, root(path))) return true;
  const unknown = to?.includes(UNKNOWN) || get(after, root(path)) === UNKNOWN;
  return (action === "replace" || action === "create") && unknown === true;
}

function isSetByProvider(type: string, path: string, value: string | undefined): boolean {
  return isDefault(type, path, value) || isKubernetesDefault(type, path, value);
}

function string(item: unknown, key: string): string {
  const value = get(item, key);
  return value === null || value === undefined ? "" : String(value);
}

function readOnly(item: unknown): string {
  return get(item, "read_only") === true ? " (read-only)" : "";
}

function mountSource(item: unknown): string {
  const from = ["volume_name", "host_path", "from_container"].map((key) => text(get(item, key))).find(Boolean);
  return `${from ?? "an anonymous volume"}${readOnly(item)}`;
}

function uploaded(item: unknown): string {
  const content =
    ["content", "content_base64", "source_hash", "source"].map((key) => text(get(item, key))).find(Boolean) ?? "";
  const mode = [text(get(item, "permissions")), get(item, "executable") === true ? "executable" : undefined];
  return [content, ...mode.filter(Boolean).map((part) => ` (${part})`)].join("");
}

function joined(item: unknown): string {
  const aliases = list(get(item, "aliases")).map(String).sort();
  const address = [text(get(item, "ipv4_address")), text(get(item, "ipv6_address"))].filter(Boolean);
  const parts = [aliases.length > 0 ? `as ${aliases.join(", ")}` : undefined, ...address].filter(Boolean);
  return parts.length > 0 ? parts.join(" ") : "joined";
}

function splitOnce(value: string, separator: string): readonly [string, string] {
  const at = value.indexOf(separator);
  return at < 0 ? [value, ""] : [value.slice(0, at), value.slice(at + separator.length)];
}
