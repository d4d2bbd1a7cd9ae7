import { HttpSocket } from "../docker/http-socket";
import type { Cluster } from "./connection";
import type { V1Pod } from "./library";
import { mainContainer, podName } from "./pod";
import { type Channel, execPath, message, openChannel, STREAM } from "./web-socket";

/**
 * A connection from inside a pod, with its names and what the network lets it reach: BusyBox's `nc HOST PORT` there, its input
 * and output over the API server.
 */
export async function tunnelThroughPod(cluster: Cluster, pod: V1Pod, host: string, port: number): Promise<HttpSocket> {
  const tunnel = new Tunnel(`${host}:${port} from pod ${podName(pod)}`);
  const container = mainContainer(pod)?.name ?? "";
  const path = execPath(cluster.namespace, podName(pod), container, ["nc", host, String(port)], true);
  const channel = await openChannel(cluster, path, (stream, bytes) => {
    if (stream === STREAM.stdout) tunnel.receive(bytes);
    else if (stream === STREAM.stderr) tunnel.complain(bytes);
    else if (stream === STREAM.status) tunnel.ended(statusText(bytes));
  });
  return tunnel.over(channel);
}

/** A connection to a port that a pod listens on, made on its node: no program is needed in it. */
export async function tunnelToPod(cluster: Cluster, pod: V1Pod, port: number): Promise<HttpSocket> {
  const tunnel = new Tunnel(`port ${port} of pod ${podName(pod)}`);
  const path = `/api/v1/namespaces/${cluster.namespace}/pods/${podName(pod)}/portforward?ports=${port}`;
  // Each of the two streams, data and errors, begins with the port's number.
  const begun = new Set<number>();
  const channel = await openChannel(cluster, path, (stream, bytes) => {
    const content = begun.has(stream) ? bytes : bytes.subarray(2);
    begun.add(stream);
    if (content.length === 0) return;
    if (stream === 0) tunnel.receive(content);
    else tunnel.complain(content);
  });
  return tunnel.over(channel);
}

/** `nc` that ends with 1 has said why; a program that is not there is told in the status only. */
function statusText(bytes: Buffer): string {
  const {
    status,
    message: text = "",
    details,
  } = JSON.parse(bytes.toString()) as {
    readonly status?: string;
    readonly message?: string;
    readonly details?: { readonly causes?: readonly { readonly reason?: string }[] };
  };
  const ranToItsEnd = details?.causes?.some(({ reason }) => reason === "ExitCode");
  return status === "Success" || ranToItsEnd ? "" : text;
}

/** Bytes both ways over one stream of a websocket; what the other side complains about becomes the error. */
class Tunnel extends HttpSocket {
  private readonly target: string;
  private channel?: Channel;
  private complaint = "";

  constructor(target: string) {
    super();
    this.target = target;
  }

  public over(channel: Channel): this {
    this.channel = channel;
    channel.on("close", () => this.ended());
    channel.on("error", () => this.ended());
    return this;
  }

  public receive(bytes: Buffer): void {
    if (!this.destroyed && !this.push(bytes)) this.channel?.pause();
  }

  public complain(bytes: Buffer): void {
    this.complaint += bytes.toString();
  }

  public ended(complaint = ""): void {
    if (this.destroyed || this.readableEnded) return;
    const told = (this.complaint || complaint).trim();
    if (told !== "") {
      this.destroy(new Error(`${this.target}: ${told}`));
      return;
    }
    this.push(null);
    // Kept for a next request, it must not look as if it could take one.
    if (this.readableLength === 0) this.destroy();
  }

  public override _read(): void {
    this.channel?.resume();
  }

  public override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // A connection that is closed says why in what still comes, and then that it is.
    this.channel?.send(message(STREAM.stdin, chunk), (error) => {
      if (!error) done();
    });
  }

  // The websocket can close both directions only, and HTTP does not ask for one.
  public override _final(done: () => void): void {
    done();
  }

  public override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.channel?.close();
    done(error);
  }
}
