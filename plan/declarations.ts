import { get, list, MAX_DEPTH, record, strings, text } from "./json";
import type { Masking } from "./masking";
import type { Declaration } from "./model";

/** The `configuration` part of a plan: which resource refers to which, through modules too. */
export function declarations(configuration: unknown, masking: Masking): ReadonlyMap<string, Declaration> {
  const found = new Map<string, Declaration>();
  visit(get(configuration, "root_module"), { prefix: "", depth: 0 }, found, masking);
  return found;
}

interface Module {
  readonly prefix: string;
  readonly depth: number;
  /** The call's expressions: what this module's variables stand for, in the parent's terms. */
  readonly call?: unknown;
  readonly parent?: Module;
  readonly content?: unknown;
}

function visit(content: unknown, place: Module, found: Map<string, Declaration>, masking: Masking): void {
  if (place.depth > 12) return;
  const module: Module = { ...place, content };
  for (const resource of list(get(content, "resources"))) {
    const address = text(get(resource, "address"));
    if (!address) continue;
    const expressions = Object.entries(record(get(resource, "expressions")));
    found.set(masking.text(module.prefix + address), {
      references: Object.fromEntries(
        expressions.map(([name, value]) => [name, resolve(referencesIn(value, 0), module)]),
      ),
      dependsOn: resolve(strings(get(resource, "depends_on")), module),
      provisioners: list(get(resource, "provisioners")).map(
        (provisioner) => text(get(provisioner, "type")) ?? "unknown",
      ),
      provisionerText: JSON.stringify(masking.apply(get(resource, "provisioners"), undefined)),
    });
  }
  for (const [name, call] of Object.entries(record(get(content, "module_calls")))) {
    const inner = { prefix: `${module.prefix}module.${name}.`, depth: module.depth + 1, call, parent: module };
    visit(get(call, "module"), inner, found, masking);
  }
}

function referencesIn(expression: unknown, depth: number): string[] {
  if (typeof expression !== "object" || expression === null || depth > MAX_DEPTH) return [];
  return Object.entries(expression).flatMap(([key, value]) =>
    key === "references" ? strings(value) : referencesIn(value, depth + 1),
  );
}

/** References as addresses of resources: a module's variable is what the caller passes, its output what it returns. */
function resolve(references: readonly string[], module: Module, depth = 0): string[] {
  if (depth > 12) return [];
  return [...new Set(references.flatMap((reference) => resolveOne(reference, module, depth)))];
}

function resolveOne(reference: string, module: Module, depth: number): string[] {
  const [kind = "", name = "", attribute = ""] = reference.split(".");
  if (kind === "var") {
    const passed = referencesIn(get(get(module.call, "expressions"), name), 0);
    return module.parent ? resolve(passed, module.parent, depth + 1) : [];
  }
  if (kind === "module") {
    const call = get(get(module.content, "module_calls"), withoutIndex(name));
    const inner = get(call, "module");
    const output = get(get(get(inner, "outputs"), withoutIndex(attribute)), "expression");
    const place = {
      prefix: `${module.prefix}module.${withoutIndex(name)}.`,
      depth: 0,
      call,
      parent: module,
      content: inner,
    };
    return resolve(referencesIn(output, 0), place, depth + 1);
  }
  if (["local", "each", "count", "path", "terraform", "self", "data", ""].includes(kind) || name === "") return [];
  return [`${module.prefix}${kind}.${withoutIndex(name)}`];
}

/** `docker_container.web["a"]` is declared as `docker_container.web`. */
export function withoutIndex(address: string): string {
  return address.replace(/\[(?:"[^"]*"|\d+)\]/g, "");
}
