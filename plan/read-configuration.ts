import { get, list, MAX_DEPTH, record, text } from "./json";
import { Masking } from "./masking";
import { type Change, type Declaration, type Plan, UNKNOWN, type Values } from "./model";

// A configuration in Terraform's JSON syntax, as CDKTF synthesizes it: no state, so only what is so can be reviewed,
// not what will happen.

export function isConfiguration(document: unknown): boolean {
  const hasBlocks = ["resource", "terraform", "provider"].some((block) => get(document, block) !== undefined);
  return hasBlocks && get(document, "format_version") === undefined && get(document, "resource_changes") === undefined;
}

export function readConfiguration(document: unknown): Plan {
  const masking = new Masking(document);
  const resources = new Map<string, unknown>();
  for (const [type, named] of Object.entries(record(get(document, "resource")))) {
    for (const [name, body] of Object.entries(record(named))) resources.set(`${type}.${name}`, list(body)[0]);
  }
  const declarations = new Map<string, Declaration>();
  const changes: Change[] = [];
  for (const [path, body] of resources) {
    const address = masking.text(path);
    declarations.set(address, declarationOf(body));
    changes.push({
      address,
      type: address.slice(0, address.indexOf(".")),
      action: "none",
      createFirst: false,
      replacePaths: [],
      importing: false,
      after: masking.apply(resolve(withoutMeta(body), resources, 0), undefined) as Values,
      attributes: [],
    });
  }
  return {
    source: "configuration",
    providerSettings: "",
    outputs: [],
    dockerProvider: versionOf(get(get(get(document, "terraform"), "required_providers"), "docker")),
    changes,
    drift: [],
    declarations,
    failedChecks: [],
    complete: true,
  };
}

function versionOf(provider: unknown): string | undefined {
  return text(provider) ?? text(get(provider, "version"));
}

const META = new Set(["//", "lifecycle", "depends_on", "provisioner", "provider", "connection"]);

function withoutMeta(body: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record(body)).filter(([key]) => !META.has(key)));
}

function declarationOf(body: unknown): Declaration {
  const lifecycle = list(get(body, "lifecycle"))[0];
  const provisioners = list(get(body, "provisioner")).flatMap((entry) => Object.keys(record(entry)));
  return {
    references: Object.fromEntries(
      Object.entries(withoutMeta(body)).map(([key, value]) => [key, referencesIn(value, 0)]),
    ),
    dependsOn: list(get(body, "depends_on")).map(String),
    provisioners,
    preventDestroy: get(lifecycle, "prevent_destroy") === true,
  };
}

const REFERENCE = /\$\{([a-z]\w*\.[\w-]+)\.[\w.[\]"-]+\}/g;

function referencesIn(value: unknown, depth: number): string[] {
  if (typeof value === "string") return [...value.matchAll(REFERENCE)].map(([, address]) => address ?? "");
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return [];
  return Object.values(value).flatMap((item) => referencesIn(item, depth + 1));
}

/** `${docker_volume.data.name}` is what that block says, if it says it literally; any other expression is unknown. */
function resolve(value: unknown, resources: ReadonlyMap<string, unknown>, depth: number): unknown {
  if (depth > MAX_DEPTH) return UNKNOWN;
  if (typeof value === "string") return resolveText(value, resources);
  if (Array.isArray(value)) return value.map((item) => resolve(item, resources, depth + 1));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, resources, depth + 1)]));
}

function resolveText(value: string, resources: ReadonlyMap<string, unknown>): string {
  const escaped = value.replaceAll("$${", "\0{");
  if (!escaped.includes("${")) return value.replaceAll("$${", "${");
  const whole = /^\$\{([a-z]\w*\.[\w-]+)\.(?:(metadata)(?:\[0\]|\.0)?\.)?(\w+)\}$/.exec(value);
  const block = resources.get(whole?.[1] ?? "");
  const literal = whole ? get(whole[2] ? list(get(block, whole[2]))[0] : block, whole[3] ?? "") : undefined;
  if (typeof literal === "string" && !literal.includes("${")) return literal;
  // The name before the `=` is known though the value is not.
  const assignment = /^([A-Za-z_]\w*)=/.exec(value);
  return assignment ? `${assignment[1]}=${UNKNOWN}` : UNKNOWN;
}
