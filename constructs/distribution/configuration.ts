import { z } from "zod";
import type { Problem } from "../values/errors";
import { isMap } from "../values/is-map";
import { valueAt } from "../values/value-at";
import { auth } from "./auth";
import { health } from "./health";
import { http } from "./http";
import { log } from "./log";
import { middlewares } from "./middleware";
import { notifications } from "./notifications";
import { proxy, proxyProblems } from "./proxy";
import { redis } from "./redis";
import { storage } from "./storage";
import { validation } from "./validation";
import { int, isSecretKey, text } from "./values";

/**
 * Distribution 3.1's configuration file. It is stricter than Distribution, which ignores what it does not know and panics
 * on much of what it does: unknown keys, half-given pairs and keys without effect are refused here.
 *
 * Source of the rules: distribution/distribution@v3.1.2, configuration/ and registry/, and runs of that version.
 */
export const distributionConfiguration = z
  .strictObject({
    version: z.literal("0.1"),
    log: log.optional(),
    storage,
    auth: auth.optional(),
    middleware: middlewares.optional(),
    http,
    notifications: notifications.optional(),
    redis: redis.optional(),
    health: health.optional(),
    proxy: proxy.optional(),
    validation: validation.optional(),
    policy: z.strictObject({ repository: z.strictObject({ classes: z.array(text()) }) }).optional(),
    catalog: z.strictObject({ maxentries: int(1) }).optional(),
    tags: z.strictObject({ maxtags: int(0) }).optional(),
  })
  .refine((config) => config.storage.cache?.blobdescriptor !== "redis" || config.redis !== undefined, {
    path: ["storage", "cache", "blobdescriptor"],
    error: "needs `redis.addrs`: Distribution panics without",
  })
  .superRefine((config, context) => {
    for (const { path, rule } of proxyProblems(config))
      context.addIssue({ code: "custom", path: [...path], message: rule });
  });

/** A complete configuration. */
export type DistributionConfiguration = z.input<typeof distributionConfiguration>;

/** Any part of a configuration, merged over another: maps by key, `null` removes, everything else replaces. */
export type DistributionOverrides = DeepPartial<DistributionConfiguration>;

type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> | null }
    : T;

/** What is wrong with a configuration; empty when Distribution would take it as it is meant. */
export function configurationProblems(configuration: unknown): Problem[] {
  const result = distributionConfiguration.safeParse(configuration);
  return result.success ? [] : result.error.issues.flatMap((issue) => issueProblems(issue, configuration));
}

function issueProblems(issue: z.core.$ZodIssue, configuration: unknown): Problem[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      option: [...path, key].join("."),
      rule: "is no key of Distribution's configuration",
      fix: "Distribution would ignore it; check the spelling",
    }));
  }
  const option = path.join(".") || "configuration";
  const value = valueAt(configuration, path);
  if (value === undefined) return [{ option, rule: "is required" }];
  const got = typeof value === "object" || isSecretKey(option) ? undefined : value;
  return [{ option, rule: ruleOf(issue), got }];
}

function ruleOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") return `must be ${/^[aeiou]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`;
  if (issue.code === "invalid_value") return `must be ${issue.values.join(", ")}`.replace(/, ([^,]*)$/, " or $1");
  return issue.message;
}

/** Merges layers into one configuration, later ones over earlier ones: `null` removes a key, `undefined` leaves it. */
export function mergeConfiguration<T>(base: T, ...overrides: readonly unknown[]): T {
  return withoutRemoved(mergeOverrides(base, ...overrides)) as T;
}

/** Merges layers into one that is still to be merged over another: a key that is removed stays `null`. */
function mergeOverrides<T>(base: T, ...overrides: readonly unknown[]): T {
  return overrides.reduce<unknown>(over, base) as T;
}

function over(base: unknown, layer: unknown): unknown {
  if (layer === undefined) return base;
  if (!isMap(layer)) return layer;
  const map = isMap(base) ? base : {};
  const merged = Object.entries(layer).map(([key, value]) => [key, over(map[key], value)]);
  return { ...map, ...Object.fromEntries(merged) };
}

function withoutRemoved(value: unknown): unknown {
  if (!isMap(value)) return value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined);
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutRemoved(inner)]));
}
