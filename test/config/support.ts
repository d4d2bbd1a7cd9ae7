import { readFileSync } from "node:fs";
import { type Diagnostic, type Environment, parseEnvironment } from "../../config";
import { storageSchema } from "../../config/schema/storage";
import { tlsModes } from "../../constructs/rules/tls";

/** The environment that a text describes; fails the test when the text has problems. */
export function environment(text: string, file = "environments/test.yaml"): Environment {
  const { environment, diagnostics } = parseEnvironment(text, file);
  if (!environment) throw new Error(JSON.stringify(diagnostics, null, 2));
  return environment;
}

/** The problems of a text, each as `line:column path: rule`. */
export function problems(text: string, file = "environments/test.yaml"): string[] {
  return parseEnvironment(text, file).diagnostics.map(
    ({ line, column, path, rule }) => `${line}:${column} ${path}: ${rule}`,
  );
}

/** The smallest valid file, with more keys of `registry` below it, and others after. */
export function minimal(registry = "", rest = ""): string {
  return `registry:\n  host: localhost\n${registry}${rest}`;
}

/** What a fixture's `# expect:` lines say: `line:column path: rule, got …`. `TLS_MODES` and `STORAGE_KINDS` stand for the lists of them. */
export function expected(file: string): string[] {
  return [...readFileSync(file, "utf8").matchAll(/^# expect: (.*)$/gm)].map(([, line = ""]) =>
    line
      .replace("TLS_MODES", Object.keys(tlsModes).join(", "))
      .replace("STORAGE_KINDS", Object.keys(storageSchema.shape).join(" and ")),
  );
}

/** A diagnostic in the form of an `# expect:` line. */
export function asExpected({ line, column, path, rule, got }: Diagnostic): string {
  return `${line}:${column}${path ? ` ${path}` : ""}: ${rule}${got === undefined ? "" : `, got ${got}`}`;
}
