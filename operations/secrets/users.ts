import { Htpasswd } from "../../constructs/registry/htpasswd";
import { command } from "../command";
import { readEnvironment } from "../environments";
import { Failure } from "../failure";
import { forgetOwnUser, OWN_USER } from "../registry/login";
import { readSecrets, secretsPath } from "./file";
import { randomPassword } from "./generate";
import { changeUsers } from "./secrets";

/** Names of those who may log in. */
export function listUsers(environment: string): readonly string[] {
  const { registry_htpasswd = "" } = readSecrets(secretsPath(readEnvironment(environment).name));
  return Htpasswd.parse(registry_htpasswd).names;
}

/** The same, or nothing where the users are kept elsewhere than in the secrets file. */
export function knownUsers(environment: string): readonly string[] | undefined {
  const { registry_htpasswd } = readSecrets(secretsPath(environment));
  return registry_htpasswd === undefined ? undefined : Htpasswd.parse(registry_htpasswd).names;
}

/**
 * Adds a user, or changes the password of one.
 * @param read gives the password that a person chose, once it is known that it can be set; nothing for one that is made
 * @returns the password
 */
export async function setPassword(
  verb: "add" | "passwd",
  environment: string,
  name: string,
  read: () => Promise<string | undefined>,
): Promise<string> {
  const exists = listUsers(environment).includes(name);
  if (verb === "add" && exists) {
    throw new Failure(`${name} exists already`, command("users passwd", environment, name));
  }
  if (verb === "passwd" && !exists) {
    throw new Failure(`There is no user ${name}`, command("users add", environment, name));
  }
  const password = (await read()) ?? randomPassword();
  change(environment, name, (before) => before.with(name, password));
  return password;
}

/** @returns how many users are left */
export function removeUser(environment: string, name: string): number {
  return change(readEnvironment(environment).name, name, (before) => before.without(name)).names.length;
}

function change(environment: string, name: string, how: (before: Htpasswd) => Htpasswd): Htpasswd {
  const after = changeUsers(secretsPath(environment), how);
  if (name === OWN_USER) forgetOwnUser(environment);
  return after;
}
