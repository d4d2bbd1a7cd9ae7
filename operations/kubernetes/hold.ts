import type { Cluster } from "./connection";
import type { V1Pod } from "./library";
import { mainContainer, podName } from "./pod";
import { attachPath, type Channel, message, openChannel, STREAM } from "./web-socket";

/** Seconds that a held pod waits for a sign of life: its node may hear nothing of a connection that broke. */
const PATIENCE_SECONDS = 120;

/**
 * What a held pod runs: it ends when its standard input does, or nothing has come from there for too long, as when nobody was
 * there to attach to it.
 */
export const WHILE_HELD = `while IFS= read -r -t ${PATIENCE_SECONDS} _; do :; done`;

const SIGN_MS = 20_000;
/** Signs without an answer until the connection is taken for broken. */
const UNANSWERED = 4;

const SIGN = message(STREAM.stdin, Buffer.from("\n"));

/** The standard input of a pod's own program, held open by this process; the system closes it when this process ends. */
export class Hold {
  /** Aborted when it is lost, or let go. */
  public readonly over: AbortSignal;
  private readonly channel: Channel;

  private constructor(channel: Channel, over: AbortSignal) {
    this.channel = channel;
    this.over = over;
  }

  /** @throws Failure when the login may not attach to pods */
  public static async of(cluster: Cluster, pod: V1Pod, signMs = SIGN_MS): Promise<Hold> {
    const path = attachPath(cluster.namespace, podName(pod), mainContainer(pod)?.name ?? "");
    const channel = await openChannel(cluster, path, () => {});
    const over = new AbortController();
    let unanswered = 0;
    const sign = () => {
      if (++unanswered > UNANSWERED) {
        channel.terminate();
        return;
      }
      channel.ping();
      // A byte gets to the pod; an answer to it only shows that the API server is there.
      channel.send(SIGN, () => {});
    };
    const timer = setInterval(sign, signMs);
    const end = () => {
      clearInterval(timer);
      over.abort();
    };
    channel.on("pong", () => {
      unanswered = 0;
    });
    channel.on("close", end);
    channel.on("error", end);
    sign();
    return new Hold(channel, over.signal);
  }

  public letGo(): void {
    this.channel.terminate();
  }
}
