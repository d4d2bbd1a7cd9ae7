import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { isMap } from "../../constructs/values/is-map";
import { Failure } from "../failure";
import { hasPermissionBits, makePrivateFolder, openFileSystem, writePrivateFile } from "../private-files";

/** The secrets of one environment, by the name of the Terraform variable. */
export type Secrets = Readonly<Record<string, string>>;

/** Where an environment's secrets are: a variables file that Terraform reads as it is, ignored by git. */
export function secretsPath(environment: string): string {
  return join("secrets", `${environment}.tfvars.json`);
}

/**
 * Reads the file; an absent one holds nothing.
 * @throws Failure when it is not a JSON object of strings, or others may read it
 */
export function readSecrets(path: string): Secrets {
  if (!existsSync(path)) return {};
  const found = statSync(path);
  // Docker makes one where a file that is to be mounted is missing.
  if (found.isDirectory()) throw new Failure(`${path} is a folder, not a file`, `if it is empty: rmdir ${path}`);
  if ((found.mode & 0o077) !== 0) {
    if (!hasPermissionBits(path)) throw openFileSystem(path);
    throw new Failure(`${path} can be read by other users of this machine`, `run: chmod 600 ${path}`);
  }
  const secrets = parse(path);
  if (!isMap(secrets) || Object.values(secrets).some((value) => typeof value !== "string")) {
    throw new Failure(`${path} must be a JSON object of strings`, "restore it from your backup");
  }
  return secrets as Secrets;
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    // The parser's message quotes the text, which is secret.
    throw new Failure(
      `${path} is not valid JSON`,
      "restore it from your backup",
      error instanceof SyntaxError ? undefined : String(error),
    );
  }
}

/** Writes the file whole or not at all, readable by its owner only, in a folder that git ignores. */
export function writeSecrets(path: string, secrets: Secrets): void {
  makePrivateFolder(dirname(path));
  writePrivateFile(path, `${JSON.stringify(secrets, undefined, 2)}\n`);
}
