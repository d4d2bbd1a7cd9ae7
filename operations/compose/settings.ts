import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { isMap } from "../../constructs/values/is-map";
import { type ComposeService, hostPath } from "./service";

type Tree = { [key: string]: unknown };

/** Where the registry looks for its configuration, version 3 and version 2. */
const CONFIGURATION_FILES = ["/etc/distribution/config.yml", "/etc/docker/registry/config.yml"];

/** What a registry's service is configured with. Reading a key takes it; what is left was not understood. */
export class RegistrySettings {
  private readonly taken = new Set<string>();

  private readonly tree: Tree;

  constructor(tree: Tree) {
    this.tree = tree;
  }

  /** The value at a path such as `storage.s3.bucket`. */
  public get(path: string): unknown {
    this.taken.add(path);
    return at(this.tree, path);
  }

  public text(path: string): string | undefined {
    const value = this.get(path);
    return value === undefined || value === null || typeof value === "object" ? undefined : String(value);
  }

  public number(path: string): number | undefined {
    const value = Number.parseInt(this.text(path) ?? "", 10);
    return Number.isNaN(value) ? undefined : value;
  }

  public flag(path: string): boolean | undefined {
    const value = this.text(path)?.toLowerCase();
    return value === undefined ? undefined : ["true", "1", "t"].includes(value);
  }

  public list(path: string): string[] {
    const value = this.get(path);
    const items = isMap(value)
      ? Object.values(value)
      : Array.isArray(value)
        ? value
        : value === undefined
          ? []
          : [value];
    return items.filter((item) => typeof item !== "object").map(String);
  }

  /** A duration such as `168h` or `90s`, in seconds. */
  public seconds(path: string): number | undefined {
    const parts = [...(this.text(path) ?? "").matchAll(/(\d+(?:\.\d+)?)(h|m|s)(?![a-z])/g)];
    const unit: Record<string, number> = { h: 3600, m: 60, s: 1 };
    return parts.length === 0
      ? undefined
      : parts.reduce((sum, [, amount, name = "s"]) => sum + Number(amount) * (unit[name] ?? 1), 0);
  }

  /** Keys below a path, such as the names of storage drivers. */
  public below(path: string): string[] {
    const value = at(this.tree, path);
    return isMap(value) ? Object.keys(value) : [];
  }

  /** Every path that has a value. */
  public get keys(): string[] {
    return leaves(this.tree);
  }

  /** Paths that nobody asked for. */
  public get left(): string[] {
    return this.keys.filter((path) => ![...this.taken].some((taken) => path === taken || path.startsWith(`${taken}.`)));
  }
}

/** Reads what the registry would read: its configuration file, then `REGISTRY_…` variables over it. */
export function readSettings(service: ComposeService): RegistrySettings {
  const tree: Tree = readConfigurationFile(service);
  const variables = Object.entries(service.environment).filter(([name]) => name.startsWith("REGISTRY_"));
  for (const [name, value] of variables.sort(([a], [b]) => (a < b ? -1 : 1))) {
    set(tree, name.slice("REGISTRY_".length).toLowerCase().split("_"), value);
  }
  return new RegistrySettings(tree);
}

function readConfigurationFile(service: ComposeService): Tree {
  const named = service.environment.REGISTRY_CONFIGURATION_PATH ?? / ?(\/\S+\.ya?ml)/.exec(service.script)?.[1];
  for (const path of [named, ...CONFIGURATION_FILES]) {
    const file = path && hostPath(service, path);
    if (!file || !existsSync(file)) continue;
    const tree: unknown = parse(readFileSync(file, "utf8"), { merge: true });
    return isMap(tree) ? tree : {};
  }
  return {};
}

/** `storage: s3` names a driver without options; the keys of a driver then go below it. */
function set(tree: Tree, path: readonly string[], value: string): void {
  let node = tree;
  for (const key of path.slice(0, -1)) {
    const inner = node[key];
    if (isMap(inner)) node = inner;
    else {
      const made: Tree = typeof inner === "string" && inner !== "" ? { [inner]: {} } : {};
      node[key] = made;
      node = made;
    }
  }
  const last = path.at(-1) ?? "";
  const parsed = readValue(value);
  const names = path.length === 1 && (last === "storage" || last === "auth") && typeof parsed === "string";
  if (!names) node[last] = parsed;
  else node[last] = { [parsed]: (isMap(node[last]) && node[last][parsed]) || {} };
}

/** Distribution reads these values as YAML. */
function readValue(value: string): unknown {
  try {
    return parse(value) ?? value;
  } catch {
    return value;
  }
}

function at(tree: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((node, key) => (isMap(node) ? node[key] : undefined), tree);
}

function leaves(tree: Tree, prefix = ""): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    isMap(value) && Object.keys(value).length > 0 ? leaves(value, `${prefix}${key}.`) : [`${prefix}${key}`],
  );
}
