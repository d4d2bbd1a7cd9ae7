import { type Environment, formatDiagnostic, loadEnvironments } from "../config";
import { Failure } from "../operations/failure";

/** The folder of environment files, relative to where the command runs. */
const FOLDER = "environments";

/**
 * Reads every environment file, or the named ones.
 * @throws Failure listing all problems of all files, or the names there are
 */
export function readEnvironments(names: readonly string[] = []): readonly Environment[] {
  const { environments, diagnostics } = loadEnvironments(FOLDER);
  if (diagnostics.length > 0) throw new Failure(diagnostics.map(formatDiagnostic).join("\n"));
  const known = environments.map((environment) => environment.name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Failure(`there is no environment ${unknown.join(", ")}`, `known: ${known.join(", ")}`);
  return names.length === 0 ? environments : environments.filter((environment) => names.includes(environment.name));
}

/** @throws Failure when there is none of that name */
export function readEnvironment(name: string): Environment {
  const [environment] = readEnvironments([name]);
  return environment as Environment;
}
