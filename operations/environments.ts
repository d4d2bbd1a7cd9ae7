import { join } from "node:path";
import { type Diagnostic, type Environment, formatDiagnostic } from "../config";
import { readEnvironments as read } from "../stacks";
import { command } from "./command";
import { Failure } from "./failure";
import { leftoversOf } from "./status/leftovers";

/** The folder of environment files, relative to where the program runs. */
export const ENVIRONMENTS = "environments";

/** The file of an environment. */
export const environmentPath = (name: string): string => join(ENVIRONMENTS, `${name}.yaml`);

/**
 * Reads every environment file.
 * @param withFiles environments whose certificates and CAs must be on this machine; none by default
 * @throws Failure listing all problems of all files
 */
export function readEnvironments(withFiles: readonly string[] | "all" = []): readonly Environment[] {
  const { environments, diagnostics } = read(ENVIRONMENTS, withFiles === "all" ? undefined : withFiles);
  if (diagnostics.length > 0) throw refused(diagnostics);
  return environments;
}

function refused(diagnostics: readonly Diagnostic[]): Failure {
  const isNone = diagnostics.length === 1 && diagnostics[0]?.file === ENVIRONMENTS;
  const remedy = `${command("init", "local")} writes it; where a project is already, run this in its folder`;
  return new Failure(diagnostics.map(formatDiagnostic).join("\n"), isNone ? remedy : undefined);
}

/** Each environment's file, by the environment's name. @throws Failure listing all problems of all files */
export function readEnvironmentFiles(): ReadonlyMap<string, string> {
  const { files, diagnostics } = read(ENVIRONMENTS, []);
  if (diagnostics.length > 0) throw refused(diagnostics);
  return files;
}

/**
 * The named ones of some environments; all of them when none is named.
 * @throws Failure for an unknown name, listing those there are
 */
export function selectEnvironments(
  environments: readonly Environment[],
  names: readonly string[],
): readonly Environment[] {
  const known = environments.map((environment) => environment.name);
  const unknown = names.filter((name) => !known.includes(name));
  const left = unknown.flatMap(leftoversOf);
  if (unknown.length > 0 && left.length > 0) throw renamed(unknown[0] as string, left, known);
  if (unknown.length > 0)
    throw new Failure(`there is no environment ${unknown.join(", ")}`, `known: ${known.join(", ")}`);
  return names.length === 0 ? environments : environments.filter((environment) => names.includes(environment.name));
}

/** A file that was renamed or removed, while what it described is still there. */
function renamed(name: string, left: readonly string[], known: readonly string[]): Failure {
  const files = known.length > 0 ? ` (${known.map(environmentPath).join(", ")})` : "";
  return new Failure(
    `There is no environment ${name}, but ${left.join(", ")} ${left.length === 1 ? "is" : "are"} here: was its file renamed?`,
    [
      `to keep using what runs, write \`name: ${name}\` into the renamed file${files}, or rename the file back: Docker objects keep the name that they were made with`,
      `to remove what runs: do that, then ${command("down", name)}`,
    ].join("\n  → "),
  );
}

/** @throws Failure when there is none of that name */
export function readEnvironment(name: string): Environment {
  const [environment] = selectEnvironments(readEnvironments(), [name]) as [Environment];
  return environment;
}
