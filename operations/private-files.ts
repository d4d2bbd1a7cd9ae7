import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Failure } from "./failure";

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
  try {
    chmodSync(path, 0o700);
  } catch {
    // A file system without permission bits; `writePrivateFile` says so.
  }
  const ignore = join(top, ".gitignore");
  if (!existsSync(ignore)) writeFileSync(ignore, "*\n");
}

/** Whether only the owner may read a file, after an attempt to make it so. */
function isClosed(path: string): boolean {
  try {
    chmodSync(path, 0o600);
  } catch {
    // exFAT refuses, Windows' drives in WSL pretend; what counts is what is there.
  }
  return (statSync(path).mode & 0o077) === 0;
}

/** Whether the file system of a file has permission bits at all: a new file beside it tells. */
export function hasPermissionBits(path: string): boolean {
  const probe = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    writeFileSync(probe, "", { mode: 0o600, flag: "wx" });
    return isClosed(probe);
  } catch {
    // Where nothing can be written nothing can be said.
    return true;
  } finally {
    rmSync(probe, { force: true });
  }
}

/** What is kept here holds secrets: where nobody can be kept from reading it, it must not lie. */
export function openFileSystem(path: string): Failure {
  return new Failure(
    `${path} lies on a file system without permission bits (a Windows drive in WSL, exFAT): every user of this machine could read it`,
    'keep the project below your home directory: cp -a "$PWD" ~/ && cd ~/"$(basename "$PWD")"; WSL can also mount its drives with `metadata` (/etc/wsl.conf)',
  );
}

/** Writes a file whole or not at all, mode 0600; makes its folder when it is missing. */
export function writePrivateFile(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    writeFileSync(temporary, content, { mode: 0o600, flag: "wx" });
    if (!isClosed(temporary)) throw openFileSystem(path);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}
