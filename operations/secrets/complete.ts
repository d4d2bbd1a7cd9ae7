import { CREDENTIALS } from "../../constructs/registry/credentials";
import { buildStack, dataLocation, platformOf, type RegistryStack } from "../../stacks";
import { command } from "../command";
import { readEnvironment } from "../environments";
import { refuseNewSecrets, whatExists } from "../existing";
import { Failure } from "../failure";
import { ensureOwnUser } from "../registry/login";
import { connect } from "../runtime/connect";
import type { Variables } from "../terraform/terraform";
import { type Imported, importBundle } from "./bundle";
import { readSecrets, secretsPath } from "./file";
import { GENERATORS } from "./generate";
import { readRotation } from "./rotation";
import { decidedElsewhere, type InitResult, initSecrets, rotateSecrets, setSecret } from "./secrets";

/** The person in front of the terminal. */
export interface SecretsPerson {
  /** Shows the first user's password, if nobody has seen it yet. */
  readonly showFirstPassword: (environment: string) => void;
  /** Asks for a value that only a person knows. @default - nobody can be asked */
  readonly askSecret?: (variable: string) => Promise<string>;
  /** Is told something on the way. */
  readonly tell: (text: string) => void;
}

/** Which variables there are, only the stack knows. @throws Failure when there is no such environment */
function stackOf(name: string): RegistryStack {
  return buildStack(readEnvironment(name));
}

/** The variables of an environment, apart from those that `TF_VAR_…` gives a value. */
export function neededVariables(stack: RegistryStack, variables: Variables): string[] {
  return stack.variableNames.filter((variable) => !variables[`TF_VAR_${variable}`]);
}

/** Those that have no value in the secrets file either. */
export function lacking(name: string, variables: readonly string[]): string[] {
  const secrets = readSecrets(secretsPath(name));
  return variables.filter((variable) => !secrets[variable]);
}

/** Makes what is missing, shows the first user's password, and asks for what only a person knows. */
export async function completeSecrets(
  { environment }: RegistryStack,
  wanted: readonly string[],
  user: string,
  person: SecretsPerson,
): Promise<InitResult> {
  const { name } = environment;
  const path = secretsPath(name);
  const elsewhere = decidedElsewhere(environment);
  const made = initSecrets(path, wanted, { user, elsewhere });
  person.showFirstPassword(name);
  if (made.created.includes("registry_htpasswd")) ensureOwnUser(name);
  const { askSecret, tell } = person;
  if (!askSecret || made.missing.length === 0) return made;
  if (made.missing.some((variable) => elsewhere.includes(variable))) {
    tell(`The keys of ${dataLocation(environment)} are made there, not here.`);
  }
  for (const variable of made.missing) setSecret(path, variable, await askSecret(variable));
  return { ...made, missing: [] };
}

/** What `secrets init` did. */
export interface Initialized extends InitResult {
  /** Whether it made the user that `verify` and `status` log in as. */
  readonly ownUser: boolean;
}

/**
 * Makes the secrets of a new environment; of one that exists only those that are named.
 * @throws Failure when new ones would lock people out
 */
export async function initEnvironment(
  name: string,
  named: readonly string[],
  user: string,
  variables: Variables,
  person: SecretsPerson,
): Promise<Initialized> {
  const stack = stackOf(name);
  requireKnown(stack, named);
  const wanted = named.length > 0 ? named : neededVariables(stack, variables);
  // A named one is known to be new.
  const absent = named.length > 0 ? [] : lacking(name, wanted);
  if (absent.length > 0) refuseNewSecrets(name, absent, await seeWhatExists(stack, variables, person));
  const made = await completeSecrets(stack, wanted, user, person);
  return { ...made, ownUser: ensureOwnUser(name) };
}

/** Keeps a value that another system decided. @param read gives the value, once its name is known to be right */
export async function setEnvironmentSecret(name: string, variable: string, read: () => Promise<string>): Promise<void> {
  requireKnown(stackOf(name), [variable]);
  setSecret(secretsPath(name), variable, (await read()).replace(/(?:\r?\n)+$/, ""));
}

/** @throws Failure for secrets that are not rotated here, with what to do */
export function requireRotatable(name: string, variables: readonly string[]): void {
  const [theirs] = decidedElsewhere(readEnvironment(name)).filter((variable) => variables.includes(variable));
  if (theirs !== undefined) {
    throw new Failure(
      `${theirs} is a key of the S3 service, which decides it`,
      `make a new key there, then: ${command("secrets set", name, theirs)}`,
    );
  }
  if (variables.includes("registry_htpasswd")) {
    throw new Failure(
      "registry_htpasswd holds the users' passwords, each of which is known to somebody",
      `${command("users passwd", name, "NAME")} makes a new one of a user`,
    );
  }
  const notMade = variables.filter((variable) => !GENERATORS[variable]);
  const server = notMade.find((one) => one in CREDENTIALS || stackOf(name).variableNames.includes(one));
  if (server !== undefined) {
    throw new Failure(
      `${server} is a secret that another server decides`,
      `give that server the new one first, then: ${command("secrets set", name, server)}`,
    );
  }
}

/** Replaces generated secrets of an environment, or all of them. @returns their names */
export function rotateEnvironment(name: string, variables: readonly string[]): string[] {
  requireRotatable(name, variables);
  const begun = readRotation(name);
  if (begun) {
    throw new Failure(
      `The rotation of ${Object.keys(begun.before).join(", ")}, of ${begun.at}, is not finished`,
      `${command("secrets rotate", name, "--deploy")} goes on with it`,
    );
  }
  return rotateSecrets(secretsPath(name), variables, decidedElsewhere(readEnvironment(name)));
}

/** Takes over another machine's secrets. @returns what it did, and what is still needed */
export function importEnvironment(
  name: string,
  given: string,
  replace: boolean,
  variables: Variables,
): Imported & { readonly missing: readonly string[] } {
  const stack = stackOf(name);
  const imported = importBundle(name, given, stack.variableNames, replace);
  return { ...imported, missing: lacking(name, neededVariables(stack, variables)) };
}

/** As far as it can be seen: an engine that does not answer is no reason to make no secrets. */
async function seeWhatExists(stack: RegistryStack, variables: Variables, { tell }: SecretsPerson): Promise<string[]> {
  const { environment } = stack;
  const runtime = await connect(environment, variables).catch(() => undefined);
  if (!runtime) {
    const { place } = platformOf(environment);
    tell(`${place} does not answer, so it was not looked whether ${environment.name} exists there.`);
  }
  return whatExists(stack, runtime);
}

function requireKnown({ variableNames, environment }: RegistryStack, variables: readonly string[]): void {
  const unknown = variables.filter((variable) => !variableNames.includes(variable));
  if (unknown.length === 0) return;
  throw new Failure(
    `${environment.name} has no secret called ${unknown.join(", ")}`,
    `known: ${variableNames.join(", ")}`,
  );
}
