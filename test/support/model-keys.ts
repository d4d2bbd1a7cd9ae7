import { z } from "zod";
import { distributionConfiguration } from "../../constructs/distribution/configuration";

interface JsonSchema {
  readonly properties?: Record<string, JsonSchema>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** Every key that the model of Distribution's configuration accepts, as `http.tls.clientcas.0`. */
export function modelKeys(): string[] {
  const schema = z.toJSONSchema(distributionConfiguration, { unrepresentable: "any", io: "input" });
  return [...new Set(leaves(schema as JsonSchema, []))];
}

function leaves({ properties, items, anyOf }: JsonSchema, path: string[]): string[] {
  if (anyOf) return anyOf.flatMap((schema) => leaves(schema, path));
  if (items) return leaves(items, [...path, "0"]);
  const entries = Object.entries(properties ?? {});
  return entries.length > 0 ? entries.flatMap(([key, schema]) => leaves(schema, [...path, key])) : [path.join(".")];
}

/** The map that has one value, at a key. */
export function valueAt(key: string, value: unknown): object {
  return key
    .split(".")
    .reduceRight<unknown>((inner, name) => (name === "0" ? [inner] : { [name]: inner }), value) as object;
}

/** The keys that have a value, a list's entries all as `0`. */
export function keysOf(value: unknown, path: string[] = []): string[] {
  if (typeof value !== "object" || value === null) return [path.join(".")];
  const entries: [string, unknown][] = Array.isArray(value) ? value.map((item) => ["0", item]) : Object.entries(value);
  return entries.length > 0 ? entries.flatMap(([key, item]) => keysOf(item, [...path, key])) : [path.join(".")];
}
