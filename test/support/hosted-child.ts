import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import type { ProgramOutput, RunningProgram } from "./program-server";

/** Above what Linux gives, so that nobody is hit by a signal. */
let lastPid = 2 ** 22;

/** A program that this process runs, with what is used here of a child process. */
export class HostedChild extends EventEmitter implements ProgramOutput {
  public readonly pid = ++lastPid;
  public readonly stdout = new PassThrough();
  public readonly stderr = new PassThrough();
  private readonly running: RunningProgram;
  private hasEnded = false;
  private isInterrupted = false;

  constructor(start: (child: HostedChild) => RunningProgram) {
    super();
    this.running = start(this);
    // As a process: nothing is heard of it before whoever started it can listen.
    setImmediate(() => void this.running.end().then((code) => this.end(code)));
  }

  public readonly out = (text: string) => this.print(this.stdout, text);
  public readonly err = (text: string) => this.print(this.stderr, text);

  // Programs kill themselves by it, too.
  public readonly kill = (signal: NodeJS.Signals | 0 = "SIGKILL"): boolean => {
    if (this.hasEnded || signal === 0) return !this.hasEnded;
    if (signal === "SIGINT" && !this.isInterrupted) {
      this.isInterrupted = true;
      this.running.interrupt?.();
    } else {
      this.running.killed?.();
      if (signal === "SIGINT") this.end(1);
      else this.end(null, signal);
    }
    return true;
  };

  private print(stream: PassThrough, text: string): void {
    if (!this.hasEnded) stream.write(`${text}\n`);
  }

  /** Both streams end before it is closed, as those of a process do. */
  private end(code: number | null, signal: NodeJS.Signals | null = null): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    let open = 2;
    for (const stream of [this.stdout, this.stderr])
      stream.end().once("close", () => {
        open -= 1;
        if (open === 0) this.emit("close", code, signal);
      });
  }
}
