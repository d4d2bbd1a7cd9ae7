import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type Docker from "dockerode";

/** What a program in a container printed. */
export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in a running container. @param input its standard input, where secrets may go; arguments are visible */
export async function runInContainer(
  client: Docker,
  container: string,
  command: readonly string[],
  input = "",
): Promise<ExecResult> {
  const exec = await client.getContainer(container).exec({
    Cmd: [...command],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ hijack: true, stdin: true });
  const [out, err] = [new PassThrough(), new PassThrough()];
  client.modem.demuxStream(stream, out, err);
  stream.once("end", () => {
    out.end();
    err.end();
  });
  stream.once("close", () => {
    out.end();
    err.end();
  });
  stream.end(input);
  const [stdout, stderr] = await Promise.all([text(out), text(err)]);
  return { stdout, stderr };
}
