import { type Environment, formatDiagnostic, parseEnvironment } from "../../config";
import { isMap } from "../../constructs/values/is-map";
import { constructProblems } from "../../stacks/read";
import { Failure } from "../failure";
import type { Report } from "./report";

/** Sections of an environment file whose keys may be missing, and what they are called in the old configuration. */
const OPTIONAL: readonly (readonly [path: string, key: string])[] = [
  ["registry.configuration", ""],
  ["registry.tls.minimumVersion", "http.tls.minimumtls"],
  ["registry.tls.cipherSuites", "http.tls.ciphersuites"],
  ["registry.tls.clientAuth", "http.tls.clientauth"],
  ["registry.realm", "auth.htpasswd.realm"],
  ["registry.headers", "http.headers"],
  ["registry.cache", "storage.cache"],
  ["registry.limits.tags", "tags.maxtags"],
  ["registry.limits.catalog", "catalog.maxentries"],
  ["registry.log.level", "log.level"],
  ["registry.log.format", "log.formatter"],
  ["registry.log.fields", "log.fields"],
  ["registry.uploadPurging", "storage.maintenance.uploadpurging"],
  ["registry.labels", "labels"],
  ["storage.s3.skipVerify", "storage.s3.skipverify"],
  ["storage.s3.encrypt", "storage.s3.encrypt"],
  ["storage.s3.kmsKeyId", "storage.s3.keyid"],
  ["storage.s3.storageClass", "storage.s3.storageclass"],
  ["storage.s3.objectAcl", "storage.s3.objectacl"],
  ["storage.s3.accelerate", "storage.s3.accelerate"],
  ["storage.s3.dualStack", "storage.s3.usedualstack"],
];

/** Sections that are nothing when one of their keys is missing. */
const WHOLE = ["registry.cache"];

/**
 * Takes out of an environment what breaks its rules and may be missing, and says so; nothing is written that synthesis refuses.
 * @param path of the compose file @param file that the environment is to be @param write the sections, as they are at that moment
 * @throws Failure for the rest
 */
export function keepRules(
  path: string,
  file: string,
  sections: object,
  write: () => string,
  report: Report,
): Environment {
  for (;;) {
    const parsed = parseEnvironment(write(), file, (environment) => constructProblems(environment, []));
    if (parsed.environment) return parsed.environment;
    const found = parsed.diagnostics.flatMap((problem) => {
      const path = problem.path.replace(/\[.*/, "");
      const at = WHOLE.find((section) => path.startsWith(section)) ?? path;
      const known = OPTIONAL.find(([section]) => at === section || at.startsWith(`${section}.`));
      return known && remove(sections, at) ? [{ ...problem, key: keyOf(at, known) }] : [];
    });
    for (const { key, rule, fix } of found) report.leftOut(key, `${rule}: ${fix}`);
    if (found.length > 0) continue;
    throw new Failure(
      `the environment that ${path} describes breaks rules:\n${parsed.diagnostics.map(formatDiagnostic).join("\n")}`,
      "correct the compose file, or write the environment file by hand",
    );
  }
}

function keyOf(at: string, [section, key]: readonly [string, string]): string {
  return `${key}${at.slice(section.length)}`.replace(/^\./, "");
}

/** @returns whether it was there */
function remove(tree: unknown, path: string): boolean {
  const keys = path.split(".");
  const last = keys.pop() as string;
  const node = keys.reduce<unknown>((at, key) => (isMap(at) ? at[key] : undefined), tree);
  if (!isMap(node) || !(last in node)) return false;
  delete node[last];
  // Nothing is left of a section that had only that.
  if (Object.keys(node).length === 0 && keys.length > 1) remove(tree, keys.join("."));
  return true;
}
