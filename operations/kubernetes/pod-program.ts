import type { Cluster } from "./connection";
import type { V1Pod } from "./library";
import { mainContainer, podName } from "./pod";
import { type Ending, endOf } from "./pod-exec";
import { type Channel, execPath, message, openChannel, STREAM } from "./web-socket";

export interface ProgramStreams {
  readonly onStdout: (bytes: Buffer) => void;
  readonly onStderr: (bytes: Buffer) => void;
  /**
   * All of its standard input, which then stays open: the program has to know how much there is, and to take all of it. A node's
   * agent that cannot get rid of what it was sent does not even tell that the program has ended. @default - it has none
   */
  readonly input?: Buffer;
  /** Ends the connection, and so what is known of the program. */
  readonly signal: AbortSignal;
}

/** A node's agent takes messages of a limited size. */
const PART = 32_768;

/** Runs a program in a pod to its end, however long that takes. */
export async function programInPod(
  cluster: Cluster,
  pod: V1Pod,
  command: readonly string[],
  { onStdout, onStderr, input, signal }: ProgramStreams,
): Promise<Ending> {
  const status: Buffer[] = [];
  const container = mainContainer(pod)?.name ?? "";
  const path = execPath(cluster.namespace, podName(pod), container, command, input !== undefined);
  const channel = await openChannel(cluster, path, (stream, bytes) => {
    if (stream === STREAM.stdout) onStdout(bytes);
    else if (stream === STREAM.stderr) onStderr(bytes);
    else if (stream === STREAM.status) status.push(bytes);
  });
  const cut = () => channel.terminate();
  signal.addEventListener("abort", cut, { once: true });
  if (signal.aborted) cut();
  try {
    const ended = new Promise<void>((resolve) => {
      channel.on("close", () => resolve());
      channel.on("error", () => resolve());
    });
    // What cannot be sent was not taken: how the program ended says the rest.
    if (input) await Promise.race([ended, sendAll(channel, input).catch(() => {})]);
    await ended;
    return endOf(Buffer.concat(status).toString("utf8"));
  } finally {
    signal.removeEventListener("abort", cut);
  }
}

async function sendAll(channel: Channel, input: Buffer): Promise<void> {
  // Even nothing is sent, once.
  for (let at = 0; at === 0 || at < input.length; at += PART) {
    await new Promise<void>((resolve, reject) => {
      const part = message(STREAM.stdin, input.subarray(at, at + PART));
      channel.send(part, (error) => (error ? reject(error) : resolve()));
    });
  }
}
