import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildStack } from "../../stacks";
import { environmentPath } from "../environments";
import { Failure } from "../failure";
import { makePrivateFolder, PRIVATE_FOLDER, writePrivateFile } from "../private-files";
import { readSecrets, secretsPath, writeSecrets } from "../secrets/file";
import { decidedElsewhere, initSecrets } from "../secrets/secrets";
import { copyFiles } from "./copy";
import type { ComposeImport } from "./import";
import { SWITCH_FILE } from "./switch";

/**
 * Writes what an import made: the environment file, and its secrets.
 * @returns the file's path
 * @throws Failure when another file of that name exists and is not to be replaced
 */
export function writeImport(imported: ComposeImport, replace: boolean): string {
  const path = environmentPath(imported.name);
  const yaml = imported.staged ?? imported.yaml;
  const isThere = existsSync(path) && readFileSync(path, "utf8") !== yaml;
  if (isThere && !replace) {
    throw new Failure(`${path} exists already`, "choose another --name, or replace it with --force");
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, yaml);
  writeImportedSecrets(imported);
  return path;
}

/** Writes the secrets: users as they are, keys of a service that stays, new ones for the rest; and what the copy needs. */
export function writeImportedSecrets(imported: ComposeImport) {
  const { name, environment, users, storage, proxyPassword, folder } = imported;
  const path = secretsPath(name);
  const before = readSecrets(path);
  writeSecrets(path, {
    ...(users && { registry_htpasswd: users.toString() }),
    ...(storage.keys && {
      registry_s3_access_key: storage.keys.accessKey,
      registry_s3_secret_key: storage.keys.secretKey,
    }),
    ...(proxyPassword && { registry_proxy_password: proxyPassword }),
    ...before,
  });
  const elsewhere = decidedElsewhere(environment);
  initSecrets(path, buildStack(environment).variableNames, { elsewhere });
  if (!storage.old) return;
  const { registry_s3_access_key: accessKey = "", registry_s3_secret_key: secretKey = "" } = readSecrets(path);
  const files = {
    ...copyFiles(storage.old, { accessKey, secretKey }),
    [SWITCH_FILE]: JSON.stringify(imported.switch),
  };
  makePrivateFolder(folder, PRIVATE_FOLDER);
  for (const [file, content] of Object.entries(files)) writePrivateFile(join(folder, file), content);
}
