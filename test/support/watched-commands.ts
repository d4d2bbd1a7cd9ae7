import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onPath } from "./tools";

/** A directory to use as PATH: each command in it writes down its arguments, then does its work. */
export function recordCommands(commands: readonly string[], directory: string, calls: string): string {
  mkdirSync(directory, { recursive: true });
  for (const command of commands) {
    const script = `#!/bin/sh\nprintf '%s\\n' "${command} $*" >>'${calls}'\nexec '${onPath(command)}' "$@"\n`;
    writeFileSync(join(directory, command), script);
    chmodSync(join(directory, command), 0o755);
  }
  return directory;
}

/** The arguments of every process of this machine, looked at until a job has ended. */
export async function argumentsWhile(job: Promise<unknown>): Promise<string> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  job.then(end, end);
  const seen = new Set<string>();
  while (!ended) {
    for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        seen.add(readFileSync(`/proc/${entry}/cmdline`, "utf8").replaceAll("\0", " "));
      } catch {
        // It has ended since.
      }
    }
    await sleep(2);
  }
  return [...seen].join("\n");
}
