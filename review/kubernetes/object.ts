import { get, type Json, list, record, text } from "../../plan/json";
import { kindOf } from "../../plan/kubernetes-facts";
import { UNKNOWN } from "../../plan/model";
import { metadataOf } from "../name";
import type { Resource } from "../world/world";

/** A single block: Terraform's plans have it as a list of one, configurations also as itself. */
export function block(values: unknown, ...path: readonly string[]): Json {
  let found = values;
  for (const name of path) found = list(get(found, name))[0];
  return record(found);
}

/** An object of Kubernetes in a plan. */
export interface KubernetesObject {
  readonly address: string;
  /** `secret`, `stateful_set`, … */
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly values: Resource["values"];
  readonly spec: Json;
}

export function objectsOf(resources: readonly Resource[]): KubernetesObject[] {
  return resources.flatMap((resource) => objectOf(resource) ?? []);
}

export function objectOf({ address, type, values }: Resource): KubernetesObject | undefined {
  const kind = kindOf(type);
  if (kind === undefined) return undefined;
  const metadata = metadataOf(values);
  return {
    address,
    kind,
    // Two objects whose names only the apply knows are not the same.
    name: known(text(get(metadata, "name"))) ?? address,
    namespace: text(get(metadata, "namespace")) ?? "default",
    values,
    spec: block(values, "spec"),
  };
}

function known(name: string | undefined): string | undefined {
  return name === UNKNOWN ? undefined : name;
}

/** Labels, selectors, data: a map of texts. */
export function textMap(value: unknown): Map<string, string> {
  return new Map(
    Object.entries(record(value)).flatMap(([key, item]): [string, string][] =>
      item === null || item === undefined || typeof item === "object" ? [] : [[key, String(item)]],
    ),
  );
}

/** Whether a selector chooses a pod. An empty one chooses every pod, except in a Service. */
export function selects(selector: ReadonlyMap<string, string>, labels: ReadonlyMap<string, string>): boolean {
  return [...selector].every(([key, value]) => labels.get(key) === value);
}

/** A number that the provider writes as a text, such as `replicas`. */
export function count(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}
