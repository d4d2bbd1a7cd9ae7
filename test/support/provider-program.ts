import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/**
 * Starts a program of that name, such as a provider's, as a child of this process. It waits until its input ends.
 * @param through a command that starts it in its place
 */
export async function startProgram(name: string, through: readonly string[] = []): Promise<ChildProcess> {
  const program = join(mkdtempSync(join(tmpdir(), "program-")), name);
  writeFileSync(program, "#!/bin/sh\necho ready\nread -r word\n", { mode: 0o755 });
  const [command = "", ...args] = [...through, program];
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.stdin?.end());
  await once(child.stdout as NodeJS.ReadableStream, "data");
  return child;
}
