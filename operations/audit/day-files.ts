import {
  closeSync,
  createReadStream,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Failure } from "../failure";
import { type AuditEvent, auditLine } from "./event";
import { RecentEvents } from "./recent";

/** More than any event is long. */
const LONGEST = 2 ** 16;

/**
 * A folder with a file of events for each day, in UTC. The files themselves say where to go on: an event is in them once,
 * however often a reader is killed and started. Old files may be moved away; the newest two must stay.
 */
export class DayFiles {
  public readonly recent = new RecentEvents();
  /** Events written by this one. */
  public written = 0;
  private readonly directory: string;
  private readonly environment: string;
  private open?: { readonly day: string; readonly file: number };

  private constructor(directory: string, environment: string) {
    this.directory = directory;
    this.environment = environment;
  }

  public static async in(directory: string, environment: string): Promise<DayFiles> {
    const files = new DayFiles(directory, environment);
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      for (const day of files.days().slice(-2)) await files.learn(files.path(day));
      return files;
    } catch (error) {
      throw notKept(directory, error);
    }
  }

  /** Writes an event, unless it is there. */
  public write(event: AuditEvent): void {
    const line = auditLine(event);
    if (!this.recent.add(event, line)) return;
    const day = event.time.slice(0, 10);
    try {
      if (this.open?.day !== day) {
        this.close();
        this.open = { day, file: openSync(this.path(day), "a", 0o600) };
      }
      // All of it: a disk that is nearly full takes a part first.
      writeFileSync(this.open.file, `${line}\n`);
    } catch (error) {
      throw notKept(this.directory, error);
    }
    this.written += 1;
  }

  public close(): void {
    if (this.open) closeSync(this.open.file);
    this.open = undefined;
  }

  private days(): string[] {
    const name = new RegExp(`^${this.environment}-(\\d{4}-\\d{2}-\\d{2})\\.jsonl$`);
    return readdirSync(this.directory)
      .flatMap((file) => name.exec(file)?.[1] ?? [])
      .sort();
  }

  private path(day: string): string {
    return join(this.directory, `${this.environment}-${day}.jsonl`);
  }

  private async learn(path: string): Promise<void> {
    cutHalfLine(path);
    for await (const line of createInterface({ input: createReadStream(path) })) {
      const event = parse(line);
      if (event) this.recent.add(event, line);
    }
  }
}

function notKept(directory: string, error: unknown): Failure {
  const { code, message } = error as NodeJS.ErrnoException;
  const isFull = code === "ENOSPC" || code === "EDQUOT";
  return new Failure(
    `Events cannot be kept in ${directory}: ${isFull ? "its disk is full" : (code ?? message)}`,
    isFull
      ? "make room on it, such as by moving the files of past days away but for the newest two; then run this again: it goes on after the last event there"
      : "name a folder that you may write to: --to DIRECTORY",
  );
}

/** Removes what a reader that was killed has left behind the last whole line; the event is read again. */
function cutHalfLine(path: string): void {
  const file = openSync(path, "r+");
  try {
    const { size } = fstatSync(file);
    const end = Buffer.alloc(Math.min(size, LONGEST));
    readSync(file, end, 0, end.length, size - end.length);
    const half = end.length - (end.lastIndexOf(10) + 1);
    if (half > 0) ftruncateSync(file, size - half);
  } finally {
    closeSync(file);
  }
}

function parse(line: string): AuditEvent | undefined {
  try {
    const event = JSON.parse(line);
    return Number.isNaN(Date.parse(event.time)) ? undefined : event;
  } catch {
    return undefined;
  }
}
