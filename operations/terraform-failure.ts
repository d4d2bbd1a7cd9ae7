import { connectDocker } from "./docker";
import { Failure } from "./failure";
import { recognise } from "./known-failures";
import type { Operation } from "./operation";
import { portOwner } from "./port-owner";
import type { TerraformResult } from "./terraform";
import { formatDiagnostic } from "./terraform-events";

/**
 * A failed run of Terraform in a person's words, the raw error below, and where the whole output is.
 * @param step what was being done: `plan`, `apply`
 */
export async function terraformFailure(operation: Operation, step: string, result: TerraformResult): Promise<Failure> {
  const { environment, variables, log } = operation;
  const errors = result.diagnostics.filter(({ severity }) => severity === "error");
  const raw = errors.length > 0 ? errors.map(formatDiagnostic).join("\n\n") : lastLines(result.text, 25);
  const context = { environment: environment.name, dockerHost: environment.docker.host, user: variables.USER };
  const known = recognise(raw, context);
  const details = `${raw.trim()}\n\n(all output: ${log.path})`;
  if (!known) return new Failure(`${operation.terraform.product} failed to ${step}`, undefined, details);
  const port = known.id === "port-taken" ? Number(known.match.groups?.port) : undefined;
  const owner = port && (await ownerOf(operation, port));
  return new Failure(owner ? `${known.message} by ${owner}` : known.message, known.remedy, details);
}

async function ownerOf({ environment, variables }: Operation, port: number): Promise<string | undefined> {
  const docker = await connectDocker(environment.docker, variables).catch(() => undefined);
  return portOwner(docker, port);
}

function lastLines(text: string, count: number): string {
  return text.trim().split("\n").slice(-count).join("\n");
}
