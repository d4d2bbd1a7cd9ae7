import { tmpdir } from "node:os";
import { App, TerraformStack } from "cdktf";
import { type Environment, type Finding, type LoadedEnvironments, loadEnvironments, show } from "../config";
import { InvalidOptionsError, type Problem } from "../constructs";
import { privateRegistryProblems } from "../constructs/registry/private-registry";
import { FILES_ELSEWHERE } from "../constructs/tls/certificate/files";
import { filePath } from "./file-path";
import { registryProps } from "./registry-props";

/**
 * Reads every environment file of a folder, and asks the constructs too: what they refuse is a problem of the file, at its key.
 *
 * @param withFiles environments whose certificates and CAs must be on this machine; all by default. The others may belong to
 * another machine, and are only written beside.
 */
export function readEnvironments(folder: string, withFiles?: readonly string[]): LoadedEnvironments {
  return loadEnvironments(folder, (environment) => constructProblems(environment, withFiles));
}

/** What the constructs refuse of an environment. */
export function constructProblems(environment: Environment, withFiles?: readonly string[]): Finding[] {
  try {
    const filesMustExist = withFiles?.includes(environment.name) ?? true;
    // Nothing is written; an app makes its folder all the same.
    const stack = new TerraformStack(new App({ stackTraces: false, outdir: tmpdir() }), "check");
    stack.node.setContext(FILES_ELSEWHERE, !filesMustExist);
    const problems = privateRegistryProblems(stack, "registry", registryProps(environment));
    return problems.flatMap((problem) => (problem ? [toFinding(environment, problem)] : []));
  } catch (error) {
    if (error instanceof InvalidOptionsError) return error.problems.map((problem) => toFinding(environment, problem));
    throw error;
  }
}

function toFinding(environment: Environment, { option, rule, got, fix }: Problem): Finding {
  return {
    ...filePath(environment, option),
    rule,
    got: got === undefined ? undefined : show(got),
    fix: fix ?? "correct it, or remove it",
  };
}
