import { type Environment, formatDiagnostic } from "../config";
import { Failure } from "../operations/failure";
import { readEnvironments as read } from "../stacks";

/** The folder of environment files, relative to where the command runs. */
const FOLDER = "environments";

/**
 * Reads every environment file.
 * @param withFiles environments whose certificates and CAs must be on this machine; none by default
 * @throws Failure listing all problems of all files
 */
export function readEnvironments(withFiles: readonly string[] | "all" = []): readonly Environment[] {
  const { environments, diagnostics } = read(FOLDER, withFiles === "all" ? undefined : withFiles);
  if (diagnostics.length > 0) throw new Failure(diagnostics.map(formatDiagnostic).join("\n"));
  return environments;
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
  if (unknown.length > 0)
    throw new Failure(`there is no environment ${unknown.join(", ")}`, `known: ${known.join(", ")}`);
  return names.length === 0 ? environments : environments.filter((environment) => names.includes(environment.name));
}

/** @throws Failure when there is none of that name */
export function readEnvironment(name: string): Environment {
  const [environment] = selectEnvironments(readEnvironments(), [name]) as [Environment];
  return environment;
}
