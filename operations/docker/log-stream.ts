import type { Readable } from "node:stream";
import type Docker from "dockerode";

export interface StreamOptions {
  /** Lines of the past to begin with. @default - all of them */
  readonly tail?: number;
  /** Nothing older than this, in seconds since 1970. @default - no limit */
  readonly since?: number;
  /** Nothing newer than this, in seconds since 1970. @default - no limit */
  readonly until?: number;
  /** Go on with what comes. */
  readonly follow: boolean;
  /** When each line was written, before it. @default false */
  readonly timestamps?: boolean;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/** A container's log from a time on, a line at a time and without holding more of it. Ends with the log, or with the container. */
export async function* logLines(
  client: Docker,
  container: string,
  { tail, since, until, follow, timestamps = false, signal }: StreamOptions,
): AsyncGenerator<string> {
  // Whatever is undefined would be sent as that word.
  const limits = Object.entries({ tail, since, until }).filter(([, limit]) => limit !== undefined);
  const options = { stdout: true, stderr: true, follow, timestamps, ...Object.fromEntries(limits) };
  const stream = await new Promise<Readable>((resolve, reject) => {
    const path = `/containers/${encodeURIComponent(container)}/logs?`;
    const statusCodes = { 200: true, 404: "no such container", 500: "server error" };
    // The client's own method gathers a log that is not followed.
    client.modem.dial(
      { path, method: "GET", isStream: true, openStdin: false, statusCodes, options, abortSignal: signal },
      (error, result) => (error ? reject(error) : resolve(result as Readable)),
    );
  });
  yield* linesOf(stream);
}

/** Of a line that does not end no more is kept. */
const LONGEST = 2 ** 20;

/** The lines of both streams, in the order in which they end. A long line comes in several frames. */
export async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const rest = new Map<number, Buffer>();
  for await (const { source, bytes } of framesOf(stream)) {
    const text = Buffer.concat([rest.get(source) ?? Buffer.alloc(0), bytes]);
    const end = text.lastIndexOf(10) + 1;
    yield* text.toString("utf8", 0, end).split("\n").filter(Boolean);
    rest.set(source, text.subarray(end, end + LONGEST));
  }
  yield* [...rest.values()].map((text) => text.toString("utf8")).filter(Boolean);
}

/** Each write is a frame: one byte of stream, three of nothing, four of length. */
async function* framesOf(stream: AsyncIterable<Buffer>) {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    pending = Buffer.concat([pending, chunk]);
    let at = 0;
    while (at + 8 <= pending.length) {
      const end = at + 8 + pending.readUInt32BE(at + 4);
      if (end > pending.length) break;
      yield { source: pending[at] ?? 0, bytes: pending.subarray(at + 8, end) };
      at = end;
    }
    pending = pending.subarray(at);
  }
}
