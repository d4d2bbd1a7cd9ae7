import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Folder of plans, logs and what else this machine remembers, beside `environments/`. */
export const PRIVATE_FOLDER = ".private-registry";

/** A file of one environment in the private folder. */
export function privatePath(environment: string, ...names: string[]): string {
  return join(PRIVATE_FOLDER, environment, ...names);
}

/**
 * Makes a folder that only its owner can enter and that git ignores, whatever the project's own `.gitignore` says.
 * @param top the folder that gets the `.gitignore`; `path` is in it or the same
 */
export function makePrivateFolder(path: string, top = path): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
  const ignore = join(top, ".gitignore");
  if (!existsSync(ignore)) writeFileSync(ignore, "*\n");
}

/** Writes a file whole or not at all, mode 0600; makes its folder when it is missing. */
export function writePrivateFile(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    writeFileSync(temporary, content, { mode: 0o600, flag: "wx" });
    chmodSync(temporary, 0o600);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}
