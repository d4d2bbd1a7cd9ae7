import type { Progress, Stage } from "../../operations/progress";
import type { Io } from "../io";

const WIDTH = 12;

/** In a log file, what goes on is told this often only. */
const QUIET_MS = 10_000;

/**
 * Stages as lines: `✓ plan         11 to add  1.2 s`. While one runs, a person sees it with its time; a log file sees what
 * happens in it only.
 */
export function createProgress(io: Io, clock: () => number = Date.now): Progress {
  return { stage: (title) => new PrintedStage(io, title, clock) };
}

class PrintedStage implements Stage {
  private readonly since: number;
  private text = "";
  /** When a log file was last told what goes on. */
  private told: number;
  private readonly timer: NodeJS.Timeout;

  private readonly io: Io;
  private readonly title: string;
  private readonly clock: () => number;

  constructor(io: Io, title: string, clock: () => number) {
    this.io = io;
    this.title = title;
    this.clock = clock;

    this.since = clock();
    this.told = this.since;
    this.timer = setInterval(() => this.draw(), 200);
    this.timer.unref();
    this.draw();
  }

  public now(text: string): void {
    this.text = text;
    this.draw();
    if (this.io.watched || this.clock() - this.told < QUIET_MS || text === "") return;
    this.told = this.clock();
    this.line(text);
  }

  public line(text: string): void {
    this.io.err(`    ${this.io.errStyle.dim(text)}`);
    this.draw();
  }

  public done(result = ""): void {
    this.end(this.io.errStyle.green("✓"), result);
  }

  public failed(result = ""): void {
    this.end(this.io.errStyle.red("✗"), result);
  }

  private end(mark: string, result: string): void {
    clearInterval(this.timer);
    this.io.transient("");
    const { dim } = this.io.errStyle;
    this.io.err(`${mark} ${this.title.padEnd(WIDTH)} ${result ? `${result}  ` : ""}${dim(this.time())}`);
  }

  private draw(): void {
    this.io.transient(`· ${this.title.padEnd(WIDTH)} ${this.time()}  ${this.text}`);
  }

  private time(): string {
    const seconds = (this.clock() - this.since) / 1000;
    return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  }
}

/** What is waited for: a line that is redrawn, or in a log file one now and then. */
export function waitingLine(io: Io): (text: string) => void {
  let told = 0;
  return (text) => {
    io.transient(`· ${text}`);
    if (io.watched || Date.now() - told < QUIET_MS) return;
    told = Date.now();
    io.err(text);
  };
}
