import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findProgram } from "../find-program";
import { askSsh, sshArguments } from "./ssh-host";

/** What is run on the engine's machine: the user may be allowed nothing else. */
export const DIAL = ["docker", "system", "dial-stdio"] as const;

/** Nobody answers questions here, and a host that is away is known to be so within moments. */
export const PATIENCE = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-T"] as const;

/** How a login is shared: whoever uses it logs in itself when it is gone, or has as many sessions as `MaxSessions` allows. */
export interface SharedLogin {
  /** Arguments for ssh. */
  readonly options: readonly string[];
  /** A folder with an `ssh` that has them already, for programs that cannot be told. */
  readonly programs: string;
}

const masters = new Map<string, Promise<SharedLogin | undefined>>();

/**
 * One login to a host, for everything of this process and for Terraform. It ends with this process.
 *
 * @returns none where somebody else shares a connection already, `~/.ssh/config` for one, and on Windows, whose ssh cannot
 * @throws Error with what ssh said, when nobody can log in
 */
export function sharedLogin(host: string, sshOptions: readonly string[] = []): Promise<SharedLogin | undefined> {
  const key = JSON.stringify([host, sshOptions]);
  const forget = () => masters.delete(key);
  const known = masters.get(key);
  if (known) return known;
  const begun = begin(host, sshOptions, forget);
  masters.set(key, begun);
  begun.catch(forget);
  return begun;
}

async function begin(host: string, sshOptions: readonly string[], onEnd: () => void): Promise<SharedLogin | undefined> {
  if (process.platform === "win32") return undefined;
  const settings = await askSsh(host, sshOptions);
  if (!settings || settings.controlPath) return undefined;
  const programs = privateFolder();
  const path = join(programs, "s");
  // ssh adds 17 characters while it makes the socket, whose address holds 104 on macOS; and it splits options at blanks.
  if (path.length > 80 || /[\s%]/.test(path)) return undefined;
  const { options, name } = sshArguments(host, sshOptions);
  const share = ["-o", "ControlMaster=yes", "-o", `ControlPath=${path}`, "-o", "ControlPersist=no"];
  // Its input is held open: when this process ends, however it does, so does what runs there, and ssh with it.
  const child = spawn("ssh", [...options, ...PATIENCE, ...share, "--", name, ...DIAL], {
    stdio: "pipe",
    detached: true,
  });
  let complaint = "";
  let ended: Error | undefined;
  child.stderr.on("data", (chunk) => {
    complaint += chunk;
  });
  child.stdin.on("error", () => {});
  const end = (error: Error) => {
    ended ??= error;
    rmSync(programs, { recursive: true, force: true });
    onEnd();
  };
  child.once("error", end);
  child.once("close", (code) => end(new Error(`ssh ended with ${code}: ${complaint.trim()}`)));
  while (!existsSync(path) && !ended) await sleep(10);
  if (ended) throw ended;
  release(child);
  const shared = ["-o", `ControlPath=${path}`];
  const ssh = findProgram("ssh", process.env.PATH);
  writeFileSync(join(programs, "ssh"), `#!/bin/sh\nexec '${ssh}' ${shared.join(" ")} "$@"\n`, { mode: 0o700 });
  return { options: shared, programs };
}

/** Whoever could put a socket in its place would be asked what the engine is asked. */
function privateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "pr-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** It keeps nobody from ending. */
function release(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as { unref?(): void } | null)?.unref?.();
}
