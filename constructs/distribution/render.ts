import { Fn, Token } from "cdktf";
import { stringify } from "yaml";
import { literal } from "../values/literal";
import type { DistributionConfiguration } from "./configuration";
import { isSecretKey } from "./values";

/**
 * The configuration as a `config.yml`. Strings are quoted, so that none of them turns into a number or a boolean.
 * A token becomes `jsonencode(…)`, whose result is valid YAML whatever the secret contains.
 */
export function renderConfiguration(configuration: DistributionConfiguration): string {
  if (!Token.isUnresolved(JSON.stringify(configuration))) return toYaml(configuration);
  const tokens = new Set<string>();
  const escaped = mapLeaves(configuration, (leaf) => {
    if (typeof leaf !== "string") return leaf;
    if (Token.isUnresolved(leaf)) tokens.add(leaf);
    return literal(leaf);
  });
  return [...tokens].reduce(
    (yaml, token) => yaml.replaceAll(JSON.stringify(token), Fn.jsonencode(token)),
    toYaml(escaped),
  );
}

function toYaml(value: unknown): string {
  return stringify(value, { defaultKeyType: "PLAIN", defaultStringType: "QUOTE_DOUBLE", lineWidth: 0 });
}

/**
 * The configuration as `key.path → value`, without secrets: what a plan shows when it changes.
 *
 * @example { "storage.s3.chunksize": "33554432", "log.level": "info" }
 */
export function flattenConfiguration(configuration: DistributionConfiguration): Record<string, string> {
  const flat: Record<string, string> = {};
  mapLeaves(configuration, (leaf, path) => {
    const key = path.join(".");
    if (leaf !== undefined && !isSecretKey(key) && !Token.isUnresolved(leaf)) flat[key] = literal(String(leaf));
    return leaf;
  });
  return flat;
}

function mapLeaves(value: unknown, map: (leaf: unknown, path: string[]) => unknown, path: string[] = []): unknown {
  if (Array.isArray(value)) return value.map((item, n) => mapLeaves(item, map, [...path, String(n)]));
  if (typeof value !== "object" || value === null) return map(value, path);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapLeaves(item, map, [...path, key])]));
}
