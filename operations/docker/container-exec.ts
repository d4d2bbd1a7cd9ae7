import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type Docker from "dockerode";
import type { ExecResult } from "../runtime/runtime";
import { withinLimit } from "./engine-waits";

/**
 * Runs a program in a running container.
 * @param line a line for its standard input, which then stays open: not every way to an engine can close one direction
 * only. Secrets go there, since arguments are visible. @default - no standard input
 * @param limitMs the program must have ended by then
 */
export async function runInContainer(
  client: Docker,
  container: string,
  command: readonly string[],
  line?: string,
  limitMs = 60_000,
): Promise<ExecResult> {
  return (await execute(client, container, command, line, limitMs)).result;
}

/**
 * Runs a shell script in a running container. @returns what it printed
 * @throws Error when it does not end with 0, with what it complained about
 */
export async function runScript(
  client: Docker,
  container: string,
  script: string,
  args: readonly string[] = [],
  limitMs = 60_000,
): Promise<string> {
  const command = ["sh", "-c", script, "sh", ...args];
  const { exec, result } = await execute(client, container, command, undefined, limitMs);
  const { ExitCode } = await exec.inspect();
  if (ExitCode === 0) return result.stdout;
  throw new Error(`a script in ${container} ended with ${ExitCode}: ${(result.stderr || result.stdout).trim()}`);
}

async function execute(
  client: Docker,
  container: string,
  command: readonly string[],
  line: string | undefined,
  limitMs: number,
) {
  const exec = await client.getContainer(container).exec({
    Cmd: [...command],
    AttachStdin: line !== undefined,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ hijack: true, stdin: line !== undefined });
  const [out, err] = [new PassThrough(), new PassThrough()];
  client.modem.demuxStream(stream, out, err);
  const end = () => {
    out.end();
    err.end();
  };
  stream.once("end", end).once("close", end).once("error", end);
  if (line !== undefined) stream.write(`${line}\n`);
  const both = Promise.all([text(out), text(err)]);
  const what = `POST /containers/${container}/exec`;
  const [stdout, stderr] = await withinLimit(what, limitMs, both, () => stream.destroy());
  stream.destroy();
  return { exec, result: { stdout, stderr } };
}
