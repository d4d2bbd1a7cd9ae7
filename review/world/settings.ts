import { parse } from "yaml";
import { get, MAX_DEPTH, record } from "../../plan/json";
import type { Container, Upload } from "./container";
import type { Resource } from "./world";

/** A registry's configuration as flat keys, `storage.s3.bucket` → `images`. */
export interface Settings {
  readonly values: ReadonlyMap<string, string>;
  /** Whether the whole configuration is in view; only then a missing key means something. */
  readonly complete: boolean;
}

/** Top-level keys of Distribution's configuration file. */
const ROOTS =
  /^(version|log|loglevel|storage|auth|middleware|http|notifications|redis|health|proxy|compatibility|validation|policy|reporting|catalog)(\.|$)/;

/** The files inside the images of version 3 and 2. */
const DEFAULT_FILE = "/etc/distribution/config.yml";
const OLD_FILE = "/etc/docker/registry/config.yml";

const MAX_FILE = 256 * 1024;

/** Later sources win, as in Distribution: a variable over the file. Triggers only repeat what is in them. */
export function settingsOf(
  registry: Container,
  resources: readonly Resource[],
  containers: readonly Container[],
): Settings {
  const values = new Map<string, string>();
  const registries = containers.filter(({ role }) => role === "registry");
  // One map of triggers cannot be told to belong to one of several registries.
  const triggers = registries.length === 1 ? triggerMaps(resources).flatMap(({ map }) => [...map]) : [];
  const files = registry.uploads.filter(isConfigurationFile).map(parseConfiguration);
  for (const [key, value] of [...triggers, ...files.flatMap((file) => [...(file ?? [])])]) values.set(key, value);
  for (const [name, value] of registry.env) if (name.startsWith("REGISTRY_")) values.set(keyOf(name), value);
  const hidden = files.some((file) => file === undefined);
  const mounted = registry.mounts.some(({ path }) => /\/etc\/(distribution|docker\/registry)/.test(path));
  const told = registry.arguments.find((word) => /\.ya?ml$/.test(word)) ?? DEFAULT_FILE;
  const elsewhere = told !== DEFAULT_FILE && !registry.uploads.some(({ file }) => file === told) && told !== OLD_FILE;
  return {
    values,
    complete: triggers.length > 0 || (!hidden && !mounted && !elsewhere && registry.envInView === "known"),
  };
}

function isConfigurationFile({ file }: Upload): boolean {
  return /\.ya?ml$/.test(file);
}

/** Nothing when the file is hidden, too large or no configuration. */
function parseConfiguration({ content }: Upload): Map<string, string> | undefined {
  if (!content || content.length > MAX_FILE || !/^[ \t]*["']?(version|storage|http)["']?:/m.test(content))
    return undefined;
  try {
    const flat = new Map<string, string>();
    flattenInto(flat, "", parse(content, { logLevel: "silent" }), 0);
    return flat;
  } catch {
    return undefined;
  }
}

function flattenInto(flat: Map<string, string>, prefix: string, value: unknown, depth: number): void {
  if (typeof value === "object" && value !== null && depth < MAX_DEPTH) {
    for (const [key, item] of Object.entries(value))
      flattenInto(flat, prefix ? `${prefix}.${key}` : key, item, depth + 1);
  } else if (prefix && value !== null && value !== undefined) {
    flat.set(prefix, String(value));
  }
}

/** `REGISTRY_STORAGE_S3_BUCKET` → `storage.s3.bucket`. */
function keyOf(variable: string): string {
  return variable.slice("REGISTRY_".length).toLowerCase().replaceAll("_", ".");
}

export interface TriggerMap {
  readonly address: string;
  readonly map: ReadonlyMap<string, string>;
}

/** `terraform_data` and `null_resource` whose triggers repeat a registry's configuration, one entry per key. */
export function triggerMaps(resources: readonly Resource[]): TriggerMap[] {
  return resources.flatMap(({ address, type, values }) => {
    const maps = triggerAttributes(type)
      .map((attribute) => plainMap(get(values, attribute)))
      .filter((map) => map !== undefined);
    const map = maps.find((candidate) => [...candidate.keys()].some((key) => key.includes(".") && ROOTS.test(key)));
    return map ? [{ address, map }] : [];
  });
}

/** Attributes that hold triggers, by type of resource. */
export function triggerAttributes(type: string): readonly string[] {
  if (type === "terraform_data") return ["triggers_replace", "input"];
  return type === "null_resource" ? ["triggers"] : [];
}

function plainMap(value: unknown): Map<string, string> | undefined {
  const entries = Object.entries(record(value));
  if (entries.length === 0) return undefined;
  const flat = new Map<string, string>();
  flattenInto(flat, "", Object.fromEntries(entries), 0);
  return flat;
}

/** `storage.<driver>`, or nothing when the configuration is not in view. */
export function storageDriver({ values, complete }: Settings): string | undefined {
  const beside = new Set(["cache", "delete", "redirect", "maintenance", "tag"]);
  for (const [key, value] of values) {
    if (key === "storage") return value;
    const [root, driver] = key.split(".");
    if (root === "storage" && driver && !beside.has(driver)) return driver;
  }
  return complete ? "filesystem" : undefined;
}

export function hasAuth({ values }: Settings): boolean {
  return [...values.keys()].some((key) => key === "auth" || key.startsWith("auth."));
}

export function hasTls({ values }: Settings): boolean {
  return Boolean(values.get("http.tls.certificate") || values.get("http.tls.letsencrypt.cachefile"));
}
