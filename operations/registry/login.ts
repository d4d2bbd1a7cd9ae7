import { existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { Htpasswd } from "../../constructs/registry/htpasswd";
import { makePrivateFolder, writePrivateFile } from "../private-files";
import { readSecrets, secretsPath, writeSecrets } from "../secrets/file";
import { randomPassword } from "../secrets/generate";
import type { Variables } from "../terraform/terraform";

/** A user of the registry with the password. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/**
 * The user that `verify` and `status` log in as. People's passwords are kept as hashes only, so this one has a password of
 * its own, in a file beside the secrets: whoever reads that file can read the storage's root key too, and gains nothing.
 */
export const OWN_USER = "private-registry";

/** Where the own user's password is: not in the secrets file, where Terraform would warn of a variable it does not know. */
export function loginPath(environment: string): string {
  return join("secrets", `${environment}.login.json`);
}

/** The login to verify with: `PRIVATE_REGISTRY_USER` and `…_PASSWORD`, else the own user's; none when there is neither. */
export function readLogin(environment: string, variables: Variables): Login | undefined {
  const { PRIVATE_REGISTRY_USER: user, PRIVATE_REGISTRY_PASSWORD: password } = variables;
  if (user && password) return { user, password };
  const file = readSecrets(loginPath(environment));
  return file.user && file.password ? { user: file.user, password: file.password } : undefined;
}

/**
 * Makes the own user when there is none whose password is known; not when the users are kept elsewhere, where a file here
 * would take the place of all of them.
 * @returns whether it made one
 */
export function ensureOwnUser(environment: string): boolean {
  const path = secretsPath(environment);
  const secrets = readSecrets(path);
  if (!secrets.registry_htpasswd) return false;
  const users = Htpasswd.parse(secrets.registry_htpasswd);
  const login = readLogin(environment, {});
  if (login && users.verifies(login.user, login.password)) return false;
  const password = randomPassword();
  makePrivateFolder(dirname(path));
  writePrivateFile(loginPath(environment), `${JSON.stringify({ user: OWN_USER, password }, undefined, 2)}\n`);
  writeSecrets(path, { ...secrets, registry_htpasswd: users.with(OWN_USER, password).toString() });
  return true;
}

/** Forgets the own user's password, after the user was removed. */
export function forgetOwnUser(environment: string): void {
  if (existsSync(loginPath(environment))) rmSync(loginPath(environment));
}
