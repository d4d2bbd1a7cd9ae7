import { existsSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { Htpasswd } from "../../constructs/registry/htpasswd";
import { makePrivateFolder, writePrivateFile } from "../private-files";
import type { Login } from "../registry/login";
import { readSecrets } from "./file";

// All of these take the path of the secrets file, which the password lies beside.

/** Where the first user's password waits until somebody has seen it; only its hash is kept for good. */
export function firstPasswordPath(secrets: string): string {
  return secrets.replace(/\.tfvars\.json$/, ".first-password.json");
}

/** Keeps the password, so that nothing that fails later loses it. */
export function keepFirstPassword(secrets: string, { user, password }: Login): void {
  const path = firstPasswordPath(secrets);
  makePrivateFolder(dirname(path));
  writePrivateFile(path, `${JSON.stringify({ user, password }, undefined, 2)}\n`);
}

/** The password that nobody has seen yet; none when it was seen, or the user has another one by now. */
export function unseenFirstPassword(secrets: string): Login | undefined {
  const { user, password } = readSecrets(firstPasswordPath(secrets));
  if (!user || !password) return undefined;
  const { registry_htpasswd = "" } = readSecrets(secrets);
  return Htpasswd.parse(registry_htpasswd).verifies(user, password) ? { user, password } : undefined;
}

/**
 * Hands the password to `show` if nobody has seen it yet, then forgets it.
 * @returns whether there was one
 */
export function revealFirstPassword(secrets: string, show: (first: Login) => void): boolean {
  const first = unseenFirstPassword(secrets);
  if (!first) return false;
  show(first);
  forgetFirstPassword(secrets);
  return true;
}

/** Forgets the password, once somebody has seen it. */
function forgetFirstPassword(secrets: string): void {
  const path = firstPasswordPath(secrets);
  if (existsSync(path)) rmSync(path);
}
