import { PassThrough, type Readable } from "node:stream";
import type Docker from "dockerode";
import type { LogOptions } from "../runtime/runtime";

/** A container's output, a line at a time, both streams in the order they came. Ends with the container. */
export async function readLogs(
  client: Docker,
  container: string,
  { tail, follow, since, until, timestamps = false }: LogOptions,
  onLine: (line: string) => void,
): Promise<void> {
  const options = { stdout: true, stderr: true, tail, since, until, timestamps };
  const out = new PassThrough();
  const handle = client.getContainer(container);
  if (!follow) {
    const everything = (await handle.logs({ ...options, follow: false })) as unknown as Buffer;
    for (const line of splitFrames(everything)) onLine(line);
    return;
  }
  const stream = (await handle.logs({ ...options, follow: true })) as unknown as Readable;
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

/** Without a terminal the engine wraps each write into a frame: one byte of stream, three of nothing, four of length. */
function splitFrames(bytes: Buffer): string[] {
  let text = "";
  let at = 0;
  while (at + 8 <= bytes.length) {
    const length = bytes.readUInt32BE(at + 4);
    text += bytes.toString("utf8", at + 8, at + 8 + length);
    at += 8 + length;
  }
  return text.split("\n").filter((line) => line !== "");
}
