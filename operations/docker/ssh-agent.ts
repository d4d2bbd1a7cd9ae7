import { type ChildProcess, spawn } from "node:child_process";
import { Agent } from "node:http";
import type { Duplex } from "node:stream";
import { HttpSocket } from "./http-socket";
import { sshArguments } from "./ssh-host";
import { DIAL, PATIENCE, sharedLogin } from "./ssh-master";

/** Several logs may be followed at the same time, each on a connection of its own. */
const MOST_AT_ONCE = 6;

/**
 * Reaches a Docker Engine through OpenSSH, as Docker's own command line does: `ssh … docker system dial-stdio`. So the
 * user's ssh configuration, agent and known hosts hold; client libraries in JavaScript do not check host keys by themselves.
 */
export class SshAgent extends Agent {
  private readonly host: string;
  private readonly options: readonly string[];

  /**
   * One connection serves many requests, one after the other, and few are open at once. All go through one login.
   * @param host `ssh://[USER@]HOST[:PORT]` @param options arguments for ssh
   */
  constructor(host: string, options: readonly string[] = []) {
    super({ keepAlive: true, maxSockets: MOST_AT_ONCE, maxFreeSockets: MOST_AT_ONCE });
    this.host = host;
    this.options = options;
  }

  public override createConnection(): Duplex {
    return new ProcessSocket(() => this.connect());
  }

  private async connect(): Promise<ChildProcess> {
    const shared = await sharedLogin(this.host, this.options);
    const { options, name } = sshArguments(this.host, this.options);
    const args = [...options, ...PATIENCE, ...(shared?.options ?? []), "--", name, ...DIAL];
    return spawn("ssh", args, { stdio: "pipe", detached: true });
  }
}

/** What keeps a process from ending. */
interface Handle {
  ref?(): void;
  unref?(): void;
}

/** A child's standard input and output as a socket; what ssh complains about becomes the error. */
class ProcessSocket extends HttpSocket {
  private complaint = "";

  private readonly start: () => Promise<ChildProcess>;
  private child?: ChildProcess;
  private keepsAlive = true;

  constructor(start: () => Promise<ChildProcess>) {
    super();
    this.start = start;
  }

  /** What is written before the process runs waits for it. */
  public override _construct(done: (error?: Error | null) => void): void {
    this.start().then((child) => {
      this.attach(child);
      done();
    }, done);
  }

  private attach(child: ChildProcess): void {
    this.child = child;
    child.stdout?.on("data", (chunk) => {
      if (!this.push(chunk)) child.stdout?.pause();
    });
    child.stderr?.on("data", (chunk) => {
      this.complaint += chunk;
    });
    child.stdin?.on("error", () => {});
    child.once("error", (error) => this.destroy(error));
    child.once("close", (code) => {
      if (code === 0 || this.destroyed) this.push(null);
      else this.destroy(new Error(`ssh ended with ${code}: ${this.complaint.trim()}`));
    });
    if (!this.keepsAlive) this.unref();
    if (this.destroyed) child.kill();
  }

  public override _read(): void {
    this.child?.stdout?.resume();
  }

  public override _write(chunk: unknown, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // A program that has ended says why when it closes; that its input is gone says nothing.
    this.child?.stdin?.write(chunk, () => done());
  }

  public override _final(done: () => void): void {
    this.child?.stdin?.end(() => done());
  }

  public override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.child?.kill();
    done(error);
  }

  // One that is kept for the next request keeps nobody from ending.
  public override ref(): this {
    this.keepsAlive = true;
    for (const one of this.handles()) one.ref?.();
    return this;
  }
  public override unref(): this {
    this.keepsAlive = false;
    for (const one of this.handles()) one.unref?.();
    return this;
  }

  private handles(): Handle[] {
    const { child } = this;
    return [child, child?.stdin, child?.stdout, child?.stderr].filter(
      (one) => one !== null && one !== undefined,
    ) as Handle[];
  }
}
