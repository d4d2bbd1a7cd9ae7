import { objectName } from "../../constructs/values/object-names";
import { platformOf } from "../../stacks";
import { portOwner } from "../docker/port-owner";
import { Failure } from "../failure";
import { type FailureContext, recognise } from "../known-failures";
import type { Operation } from "../operation";
import { connect, isDocker } from "../runtime/connect";
import type { Runtime } from "../runtime/runtime";
import { type Diagnostic, formatDiagnostic } from "./events";
import type { TerraformResult } from "./terraform";

/** Whose log says more about a failure than Terraform can. */
const TELLING: Readonly<Record<string, string>> = {
  "bucket-job": "rustfs",
  "not-healthy": "registry",
  "kubernetes-job": "bucket-init",
};

/**
 * A failed run of Terraform in a person's words, the raw error below, and where the whole output is.
 * @param step what was being done: `plan`, `apply`
 */
export async function terraformFailure(operation: Operation, step: string, result: TerraformResult): Promise<Failure> {
  const { environment, variables, log, terraform } = operation;
  const errors = gather(result.diagnostics.filter(({ severity }) => severity === "error"));
  // Terraform quotes what it refuses, sensitive or not.
  const raw = (errors.length > 0 ? errors : [lastLines(result.text, 25)]).map((text) => log.clean(text));
  const context = {
    environment: environment.name,
    dockerHost: platformOf(environment).place,
    sshOptions: environment.docker?.sshOptions,
    user: variables.USER,
  };
  const runtime = await connect(environment, variables).catch(() => undefined);
  const symptoms = await explain(raw, context, runtime);
  const logs = await Promise.all(symptoms.map(({ id }) => logOf(TELLING[id], environment.name, runtime)));
  const known = symptoms.map((one, n) => causeIn(logs[n], context) ?? one);
  const details = [...raw.map((text) => text.trim()), ...logs.filter(Boolean), `(all output: ${log.path})`].join(
    "\n\n",
  );
  if (known.length === 0) return new Failure(`${terraform.product} failed to ${step}`, undefined, details);
  const unique = (texts: string[]) => [...new Set(texts)];
  return new Failure(
    unique(known.map(({ message }) => message)).join("\n"),
    unique(known.map(({ remedy }) => remedy)).join("\n  → "),
    details,
  );
}

/** What a log says that explains more than what came of it. */
function causeIn(log = "", context: FailureContext) {
  const found = recognise(log, context);
  return found?.id === "storage-owner" || found?.id === "bucket-job" ? found : undefined;
}

/** Several things may fail at once, and each has its explanation; a port's names who has it. */
async function explain(raw: readonly string[], context: FailureContext, runtime: Runtime | undefined) {
  const known = raw.flatMap((text) => recognise(text, context) ?? []);
  return Promise.all(
    known.map(async (one) => {
      const port = one.id === "port-taken" ? Number(one.match.groups?.port) : undefined;
      const docker = runtime && isDocker(runtime) ? runtime : undefined;
      const owner = port && (await portOwner(docker, port));
      return owner ? { ...one, message: `${one.message} by ${owner}` } : one;
    }),
  );
}

/** Errors as texts; one that hits several resources, as a Docker that does not answer does, is told once. */
function gather(errors: readonly Diagnostic[]): string[] {
  const addresses = new Map<string, string[]>();
  for (const { address, ...rest } of errors) {
    const text = formatDiagnostic({ ...rest, severity: "error" });
    addresses.set(text, [...(addresses.get(text) ?? []), ...(address ? [address] : [])]);
  }
  return [...addresses].map(([text, all]) => (all.length > 0 ? `${text}\n(${all.join(", ")})` : text));
}

async function logOf(noun: string | undefined, environment: string, runtime: Runtime | undefined) {
  if (!noun || !runtime) return "";
  const container = objectName(environment, noun);
  const lines: string[] = [];
  await runtime.logs(container, { tail: 5, follow: false }, (line) => lines.push(line)).catch(() => undefined);
  return lines.length > 0 ? `The last lines of ${container}:\n${lines.slice(-5).join("\n")}` : "";
}

function lastLines(text: string, count: number): string {
  return text.trim().split("\n").slice(-count).join("\n");
}
