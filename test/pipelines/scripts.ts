import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { text as readAll } from "node:stream/consumers";

const PIPELINES = resolve(__dirname, "../../pipelines");

export interface ScriptResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs one of the scripts in a folder, with programs of that folder's `bin` before all others. */
export async function runScript(
  name: string,
  args: readonly string[],
  folder: string,
  variables: Readonly<Record<string, string | undefined>> = {},
): Promise<ScriptResult> {
  const path = `${join(folder, "bin")}:${process.env.PATH}`;
  const env = { ...variables, PATH: path, HOME: folder } as NodeJS.ProcessEnv;
  const child = spawn(join(PIPELINES, name), args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const code = new Promise<number | null>((ended) => child.once("close", ended));
  const [out, err] = await Promise.all([readAll(child.stdout), readAll(child.stderr)]);
  return { code: await code, out, err };
}

/** Writes a program that the scripts find instead of the real one. */
export function writeProgram(folder: string, name: string, text: string): void {
  mkdirSync(join(folder, "bin"), { recursive: true });
  const file = join(folder, "bin", name);
  writeFileSync(file, text);
  chmodSync(file, 0o755);
}
