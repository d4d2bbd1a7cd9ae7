import { PassThrough, type Readable } from "node:stream";
import type Docker from "dockerode";
import type { LogOptions } from "../runtime/runtime";
import { logLines } from "./log-stream";

/** A container's output, a line at a time, both streams in the order they came. Ends with the container. */
export async function readLogs(
  client: Docker,
  container: string,
  { tail, follow, since, until, timestamps = false }: LogOptions,
  onLine: (line: string) => void,
): Promise<void> {
  if (!follow) {
    for await (const line of logLines(client, container, { tail, since, until, timestamps, follow })) onLine(line);
    return;
  }
  const options = { stdout: true, stderr: true, tail, since, until, timestamps, follow };
  const out = new PassThrough();
  const stream = (await client.getContainer(container).logs(options)) as unknown as Readable;
  client.modem.demuxStream(stream, out, out);
  let rest = "";
  out.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  await new Promise<void>((resolve) => {
    stream
      .once("end", resolve)
      .once("close", resolve)
      .once("error", () => resolve());
  });
}

/** The last lines of a container's output. */
export async function tailOf(client: Docker, container: string, lines: number): Promise<string> {
  const collected: string[] = [];
  await readLogs(client, container, { tail: lines, follow: false }, (line) => collected.push(line));
  return collected.slice(-lines).join("\n");
}
