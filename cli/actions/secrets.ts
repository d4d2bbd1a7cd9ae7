import { text } from "node:stream/consumers";
import type { Environment } from "../../config";
import { command } from "../../operations/command";
import { connectDocker } from "../../operations/docker/docker";
import { refuseNewSecrets, whatExists } from "../../operations/existing";
import { Failure } from "../../operations/failure";
import { ensureOwnUser, loginPath, OWN_USER } from "../../operations/registry/login";
import { importBundle, makeBundle } from "../../operations/secrets/bundle";
import { readSecrets, secretsPath } from "../../operations/secrets/file";
import { firstPasswordPath, forgetFirstPassword, unseenFirstPassword } from "../../operations/secrets/first-password";
import { decidedElsewhere, exportLines, initSecrets, rotateSecrets, setSecret } from "../../operations/secrets/secrets";
import type { RegistryStack } from "../../stacks";
import { isCiJob } from "../ci";
import type { ImportOptions, InitOptions, SetOptions } from "../commands/secrets";
import type { Context } from "../context";
import { readEnvironment } from "../environments";

export async function secretsInit(
  context: Context,
  name: string,
  variables: readonly string[],
  options: InitOptions,
): Promise<void> {
  const { io } = context;
  const stack = await stackOf(name);
  const wanted = variables.length > 0 ? variables : neededVariables(context, stack);
  checkNames(stack, wanted);
  // A named one is known to be new.
  const absent = variables.length > 0 ? [] : lacking(name, wanted);
  if (absent.length > 0) refuseNewSecrets(name, absent, await seeWhatExists(context, stack));
  const { created, kept, missing } = await makeSecrets(context, stack.environment, wanted, options.user);
  io.err(`${secretsPath(name)}: ${created.length} made, ${kept.length} kept`);
  if (ensureOwnUser(name)) {
    io.err(`${loginPath(name)}: user ${OWN_USER}, which verify and status log in as. Run plan and apply to deploy it`);
  }
  for (const variable of missing) {
    io.err(`  still needed: ${variable}, which only you know: ${command("secrets set", name, variable)}`);
  }
}

/** The variables of an environment, apart from those that `TF_VAR_…` gives a value. */
export function neededVariables({ process }: Context, stack: RegistryStack): string[] {
  return stack.variableNames.filter((variable) => !process.env[`TF_VAR_${variable}`]);
}

/** Those that have no value in the secrets file either. */
export function lacking(name: string, variables: readonly string[]): string[] {
  const secrets = readSecrets(secretsPath(name));
  return variables.filter((variable) => !secrets[variable]);
}

/** Makes what is missing, asks for what only a person knows, and shows the first user's password. */
export async function makeSecrets(
  context: Context,
  environment: Environment,
  variables: readonly string[],
  userName: string,
) {
  const { name } = environment;
  const made = initSecrets(secretsPath(name), variables, { user: userName, elsewhere: decidedElsewhere(environment) });
  showFirstPassword(context, name);
  if (made.created.includes("registry_htpasswd")) ensureOwnUser(name);
  const missing = await askFor(context, environment, made.missing);
  return { ...made, missing };
}

/** Shows the first user's password if nobody has seen it yet; a CI job's output is no place for it. */
export function showFirstPassword({ io, process }: Context, name: string): void {
  const path = secretsPath(name);
  const first = unseenFirstPassword(path);
  if (!first) return;
  if (isCiJob(process)) {
    io.err(`First user of ${name}: ${first.user}. The password is in ${firstPasswordPath(path)} and not shown in CI.`);
    io.err(`  → ${command("secrets show", name)} prints it, once`);
    return;
  }
  io.err(`First user of ${name}, whose password is shown this once:`);
  io.out(`${first.user} ${first.password}`);
  forgetFirstPassword(path);
}

export function secretsShow({ io }: Context, name: string): void {
  const path = secretsPath(readEnvironment(name).name);
  const first = unseenFirstPassword(path);
  if (!first) {
    throw new Failure(
      `There is no password of ${name} that was not shown yet; passwords are kept as hashes`,
      `${command("users list", name)} names the users; ${command("users passwd", name, "NAME")} makes a new password`,
    );
  }
  io.out(`${first.user} ${first.password}`);
  forgetFirstPassword(path);
}

export function secretsRotate({ io }: Context, name: string, variable: string | undefined): void {
  const elsewhere = decidedElsewhere(readEnvironment(name));
  if (variable !== undefined && elsewhere.includes(variable)) {
    throw new Failure(
      `${variable} is a key of the S3 service, which decides it`,
      `make a new key there, then: ${command("secrets set", name, variable)}`,
    );
  }
  for (const rotated of rotateSecrets(secretsPath(name), variable, elsewhere)) {
    io.err(`${rotated}: ${RESTARTS[rotated] ?? "replaced"}`);
  }
}

export async function secretsSet(context: Context, name: string, variable: string, options: SetOptions): Promise<void> {
  const { io, process } = context;
  const stack = await stackOf(name);
  checkNames(stack, [variable]);
  if (!options.stdin && !io.interactive) {
    throw new Failure("No terminal to ask on: nothing was changed", "pass --stdin, and the value there");
  }
  const value = options.stdin ? await text(process.stdin) : await ask(variable);
  setSecret(secretsPath(name), variable, value.replace(/(?:\r?\n)+$/, ""));
  io.err(`${variable}: ${RESTARTS[variable] ?? "kept. Run plan and apply to deploy it"}`);
}

export function secretsExport({ io }: Context, name: string): void {
  readEnvironment(name);
  io.out(makeBundle(name));
}

export async function secretsImport(context: Context, name: string, options: ImportOptions): Promise<void> {
  const { io, process } = context;
  const stack = await stackOf(name);
  const given = await text(process.stdin);
  const { taken, kept, unknown } = importBundle(name, given, stack.variableNames, options.replace === true);
  io.err(`${secretsPath(name)}: ${taken.length} taken, ${kept.length} were there already`);
  if (unknown.length > 0) io.err(`  left out, since ${name} has no such secret: ${unknown.join(", ")}`);
  const still = lacking(name, neededVariables(context, stack));
  if (still.length > 0) io.err(`  not in it, and still needed: ${still.join(", ")}`);
}

export function secretsEnv({ io }: Context, name: string): void {
  readEnvironment(name);
  io.out(exportLines(readSecrets(secretsPath(name))));
}

export function secretsPathOf({ io }: Context, name: string): void {
  io.out(secretsPath(readEnvironment(name).name));
}

/** Which variables there are, only the stack knows; nothing else here needs it, and it takes its time to load. */
async function stackOf(name: string): Promise<RegistryStack> {
  const { describe } = await import("../../stacks/index.js");
  return describe([readEnvironment(name)]).stacks[0] as RegistryStack;
}

/** As far as it can be seen: an engine that does not answer is no reason to make no secrets. */
async function seeWhatExists({ process, io }: Context, stack: RegistryStack): Promise<string[]> {
  const { docker, name } = stack.environment;
  const connection = await connectDocker(docker, process.env).catch(() => undefined);
  if (!connection) io.err(`${docker.host} does not answer, so it was not looked whether ${name} exists there.`);
  return whatExists(stack, connection);
}

function checkNames({ variableNames, environment }: RegistryStack, variables: readonly string[]): void {
  const unknown = variables.filter((variable) => !variableNames.includes(variable));
  if (unknown.length > 0) {
    throw new Failure(
      `${environment.name} has no secret called ${unknown.join(", ")}`,
      `known: ${variableNames.join(", ")}`,
    );
  }
}

/** Asks for what only a person knows, where one can be asked. @returns what is still missing */
async function askFor(
  { io }: Context,
  environment: Environment,
  variables: readonly string[],
): Promise<readonly string[]> {
  if (!io.interactive || variables.length === 0) return variables;
  if (variables.some((variable) => decidedElsewhere(environment).includes(variable))) {
    io.err(`The keys of ${environment.storage.s3?.endpoint ?? "Amazon S3"} are made there, not here.`);
  }
  for (const variable of variables) setSecret(secretsPath(environment.name), variable, await ask(variable));
  return [];
}

async function ask(variable: string): Promise<string> {
  const { password } = await import("@inquirer/prompts");
  return password({ message: variable, validate: (value) => value !== "" || "It must not be empty" });
}

/** What the next apply restarts when a secret was rotated. */
const RESTARTS: Readonly<Record<string, string>> = {
  rustfs_root_access_key: "the next apply restarts RustFS and runs the bucket job",
  rustfs_root_secret_key: "the next apply restarts RustFS and runs the bucket job",
  registry_s3_access_key: "the next apply restarts the registry and runs the bucket job; the old user stays in RustFS",
  registry_s3_secret_key: "the next apply restarts the registry and runs the bucket job",
  registry_http_secret: "the next apply restarts the registry; uploads that are under way start again",
};
