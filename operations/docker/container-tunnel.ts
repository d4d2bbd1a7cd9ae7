import type { Duplex } from "node:stream";
import type Docker from "dockerode";
import type { Dial } from "../runtime/runtime";
import { HttpSocket } from "./http-socket";

/**
 * Opens connections as a container would, with its networks and its names, whatever way its engine is reached: each is BusyBox's
 * `nc HOST PORT` in the container, its input and output over the connection to the engine.
 */
export function dialFrom(client: Docker, container: string): Dial {
  return async (host, port) => {
    const exec = await client.getContainer(container).exec({
      Cmd: ["nc", host, String(port)],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
    });
    return new Tunnel(await exec.start({ hijack: true, stdin: true }), `${host}:${port} from ${container}`);
  };
}

/** Where a frame of Docker's stream begins: one byte says which stream, four how long. */
const HEADER = 8;
const STDERR = 2;

/** The standard input and output of a program in a container; what it complains about becomes the error. */
class Tunnel extends HttpSocket {
  private readonly raw: Duplex;
  private readonly target: string;
  private rest: Buffer = Buffer.alloc(0);
  private complaint = "";

  constructor(raw: Duplex, target: string) {
    super();
    this.raw = raw;
    this.target = target;
    raw.on("data", (chunk: Buffer) => this.receive(chunk));
    raw.once("error", (error) => this.destroy(error));
    raw.once("end", () => this.ended());
    raw.once("close", () => this.ended());
  }

  public override _read(): void {
    this.raw.resume();
  }

  public override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.raw.write(chunk, encoding, done);
  }

  // Not every way to an engine can close one direction only, and HTTP does not ask for it.
  public override _final(done: () => void): void {
    done();
  }

  public override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.raw.destroy();
    done(error);
  }

  private ended(): void {
    if (this.destroyed) return;
    if (this.complaint.trim() === "") {
      this.push(null);
      // Kept for a next request, it must not look as if it could take one.
      if (this.readableLength === 0) this.destroy();
    } else this.destroy(new Error(`${this.target}: ${this.complaint.trim()}`));
  }

  private receive(chunk: Buffer): void {
    let at = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    while (at.length >= HEADER) {
      const end = HEADER + at.readUInt32BE(4);
      if (at.length < end) break;
      const content = at.subarray(HEADER, end);
      if (at[0] === STDERR) this.complaint += content.toString();
      else if (!this.push(content)) this.raw.pause();
      at = at.subarray(end);
    }
    this.rest = at;
  }
}
