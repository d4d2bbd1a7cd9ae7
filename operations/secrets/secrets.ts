import type { Environment } from "../../config";
import { credentialProblem } from "../../constructs/registry/credentials";
import { Htpasswd } from "../../constructs/registry/htpasswd";
import { registryStorage } from "../../stacks";
import { Failure } from "../failure";
import type { Login } from "../registry/login";
import { readSecrets, type Secrets, writeSecrets } from "./file";
import { keepFirstPassword } from "./first-password";
import { GENERATORS, randomPassword } from "./generate";

/** What `initSecrets` did. */
export interface InitResult {
  /** Variables that got a new value. */
  readonly created: string[];
  /** Variables that had one, which is kept. */
  readonly kept: string[];
  /** Variables whose value somebody else decides, still to be filled in. */
  readonly missing: string[];
  /** The first user, when there was none; only the password's hash is kept for good. */
  readonly user?: Login;
}

/** The secrets of an environment that another system decides: the keys of somebody else's S3. They are asked for, never made. */
export function decidedElsewhere({ storage }: Pick<Environment, "storage">): readonly string[] {
  return registryStorage({ storage }).givenCredentials;
}

export interface SecretOptions {
  /** Name of the first user. @default "admin" */
  readonly user?: string;
  /** Variables that another system decides (`decidedElsewhere`). @default - none */
  readonly elsewhere?: readonly string[];
}

/**
 * Gives every variable of an environment a value that has none yet; changes nothing that is there. The first user's password
 * is kept until it was seen (`unseenFirstPassword`).
 */
export function initSecrets(
  path: string,
  variables: readonly string[],
  { user: userName = "admin", elsewhere = [] }: SecretOptions = {},
): InitResult {
  const before = readSecrets(path);
  const after: Record<string, string> = { ...before };
  let user: Login | undefined;
  for (const name of variables.filter((name) => !before[name] && !elsewhere.includes(name))) {
    const make = GENERATORS[name];
    if (make) after[name] = make();
    if (name === "registry_htpasswd") {
      user = { user: userName, password: randomPassword() };
      after[name] = Htpasswd.empty.with(user.user, user.password).toString();
    }
  }
  const created = variables.filter((name) => !before[name] && after[name]);
  const kept = variables.filter((name) => before[name]);
  const missing = variables.filter((name) => !after[name]);
  // Before the hash: a password that nobody can read any more is worse than one that is in no list.
  if (user) keepFirstPassword(path, user);
  if (created.length > 0) writeSecrets(path, after);
  return { created, kept, missing, user };
}

/**
 * Which generated secrets of a file are meant. @param names none: all of them
 * @throws Failure for a name that is not generated here
 */
export function rotatable(path: string, names: readonly string[], elsewhere: readonly string[] = []): string[] {
  const known = Object.keys(readSecrets(path)).filter((key) => GENERATORS[key] && !elsewhere.includes(key));
  const [unknown] = names.filter((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Failure(`${unknown} is not a secret that can be rotated`, `known: ${known.join(", ")}`);
  }
  return names.length === 0 ? known : [...names];
}

/**
 * Replaces generated secrets, or all of them.
 * @returns the names of what was replaced
 * @throws Failure for a name that is not generated here
 */
export function rotateSecrets(
  path: string,
  names: readonly string[] = [],
  elsewhere: readonly string[] = [],
): string[] {
  const meant = rotatable(path, names, elsewhere);
  writeSecrets(path, {
    ...readSecrets(path),
    ...Object.fromEntries(meant.map((key) => [key, GENERATORS[key]?.() ?? ""])),
  });
  return meant;
}

/** Gives one variable a value that somebody else decided. @throws Failure for one that Terraform would refuse; it is not quoted */
export function setSecret(path: string, name: string, value: string): void {
  if (value === "") throw new Failure(`${name} must not be empty; nothing was changed`);
  const problem = credentialProblem(name, value);
  if (problem) throw new Failure(`${name}: ${problem}; nothing was changed`);
  writeSecrets(path, { ...readSecrets(path), [name]: value });
}

/** Reads the users, changes them, and writes them back when the change made a difference. */
export function changeUsers(path: string, change: (users: Htpasswd) => Htpasswd): Htpasswd {
  const secrets = readSecrets(path);
  const before = Htpasswd.parse(secrets.registry_htpasswd ?? "");
  const after = change(before);
  if (after.toString() !== before.toString()) writeSecrets(path, { ...secrets, registry_htpasswd: after.toString() });
  return after;
}

/** `export TF_VAR_name='value'` lines, for a shell's `eval`. */
export function exportLines(secrets: Secrets): string {
  return Object.entries(secrets)
    .map(([name, value]) => `export TF_VAR_${name}='${value.trimEnd().replaceAll("'", `'\\''`)}'`)
    .join("\n");
}
