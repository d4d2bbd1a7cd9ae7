import type { Environment } from "../config";
import { LogFile } from "../operations/log-file";
import type { Operation } from "../operations/operation";
import { readLogin } from "../operations/registry/login";
import { readSecrets, secretsPath } from "../operations/secrets/file";
import { formerName } from "../operations/status/leftovers";
import { findTerraform, Terraform } from "../operations/terraform/terraform";
import { leftOut, refuseVariables } from "../operations/terraform/variables";
import type { Context } from "./context";
import { readEnvironments, selectEnvironments } from "./environments";
import { createInterruption } from "./interruption";
import { createProgress } from "./render/progress";

/** Prepares a longer operation on an environment, and runs it so that Ctrl-C ends it well. */
export async function operate<T>(
  { io, process }: Context,
  command: string,
  name: string,
  options: { readonly verbose?: boolean },
  work: (operation: Operation) => Promise<T>,
): Promise<T> {
  const environments = readEnvironments();
  const [environment] = selectEnvironments(environments, [name]) as [Environment];
  const variables = process.env;
  refuseVariables(variables);
  const former = formerName(environment, environments);
  if (former) {
    io.err(
      io.errStyle.yellow(
        `The state of ${former}, which no file describes, publishes the same port: was ${former} renamed to ${name}?\n  → to go on with it, write \`name: ${former}\` into the file`,
      ),
    );
  }
  const ignored = leftOut(variables);
  if (ignored.length > 0)
    io.err(io.errStyle.dim(`Not handed to Terraform: ${ignored.join(", ")} (docs/cli.md says why)`));
  const known = [...Object.values(readSecrets(secretsPath(name))), readLogin(name, variables)?.password ?? ""];
  const fromVariables = Object.entries(variables).flatMap(([key, value]) =>
    key.startsWith("TF_VAR_") && value ? [value] : [],
  );
  const echo = options.verbose ? (text: string) => io.err(io.errStyle.dim(text)) : undefined;
  const log = LogFile.forRun(`${name}-${command}`, [...known, ...fromVariables], new Date(), echo);
  const interruption = createInterruption(process, io);
  const terraform = new Terraform(findTerraform(variables), variables, log, interruption);
  const progress = createProgress(io);
  return work({ environment, environments, variables, terraform, log, progress, interruption });
}
