import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, onTestFailed } from "vitest";

/** How a program ended: its exit code, or the signal that ended it. */
export interface Ended {
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** The whole environment, apart from PATH. @default - nothing else */
  readonly environment?: Record<string, string>;
  /** Where it runs. @default - where the tests run */
  readonly directory?: string;
  /** @default - nothing */
  readonly input?: string;
  /** The program is killed, and the call fails, after that. @default 60_000 */
  readonly timeoutMs?: number;
}

/** Programs that still run; none outlives the test process. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** A program that keeps running, such as a server. */
export class RunningProcess {
  /** What it wrote so far. */
  public stdout = "";
  public stderr = "";
  /** Settles when it ends. */
  public readonly ended: Promise<Ended>;
  private end?: Ended;
  private readonly child: ChildProcess;

  private readonly command: string;

  constructor(command: string, args: readonly string[], { environment, directory, input }: RunOptions = {}) {
    this.command = command;

    const env = { PATH: process.env.PATH, ...environment };
    this.child = spawn(command, args, { env, cwd: directory, stdio: "pipe" });
    running.add(this.child);
    this.child.stdout?.setEncoding("utf8").on("data", (text) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text) => {
      this.stderr += text;
    });
    // A program that ends without reading its input is no error of ours.
    this.child.stdin?.on("error", () => {}).end(input ?? "");
    this.ended = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("close", (code, signal) => {
        running.delete(this.child);
        this.end = { code: code ?? signal ?? "SIGKILL", stdout: this.stdout, stderr: this.stderr };
        resolve(this.end);
      });
    });
    this.ended.catch(() => running.delete(this.child));
  }

  public get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Waits until something answers on a port of 127.0.0.1; fails with the log when the program ends before. */
  public async listensOn(port: number): Promise<this> {
    await eventually(`${this.command} listens on ${port}`, async () => {
      if (this.end) throw new Error(`${this.command} ended with ${this.end.code}\n${this.tail()}`);
      return accepts(port);
    }).catch(async (error) => {
      await this.stop("SIGKILL");
      throw error;
    });
    return this;
  }

  /** Ends it: by a signal first, by force after a while. */
  public async stop(signal: NodeJS.Signals = "SIGTERM", patienceMs = 15_000): Promise<Ended> {
    if (this.end) return this.end;
    this.child.kill(signal);
    const force = setTimeout(() => this.child.kill("SIGKILL"), patienceMs);
    try {
      return await this.ended;
    } finally {
      clearTimeout(force);
    }
  }

  /** The end of what it wrote to stderr, then to stdout. */
  public tail(lines = 20): string {
    const last = (text: string) => text.trimEnd().split("\n").slice(-lines).join("\n");
    return `--- ${this.command}: stderr\n${last(this.stderr)}\n--- stdout\n${last(this.stdout)}`;
  }
}

/** Prints a log's end when the current test fails; asked only then, since tests restart things. */
export function showWhenTestFails(log: () => { tail(): string } | undefined): void {
  onTestFailed(() => console.error(log()?.tail() ?? "not started"));
}

/** Runs a program to its end, whatever its exit code. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const program = new RunningProcess(command, args, options);
  const timeoutMs = options.timeoutMs ?? 60_000;
  const ended = await Promise.race([program.ended, sleep(timeoutMs, undefined, { ref: false })]);
  if (ended) return ended;
  await program.stop("SIGKILL");
  throw new Error(`${command} ${args.join(" ")} did not end within ${timeoutMs} ms\n${program.tail()}`);
}

/** Runs a program that must succeed, and returns what it printed, trimmed. */
export async function output(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}\n${stderr}${stdout}`);
  return stdout.trim();
}

/** Asks again and again until the answer is neither `undefined` nor `false`. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  timeoutMs = 15_000,
  everyMs = 20,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await sleep(everyMs);
  }
}

/** Systems give ports from 32768 on to whoever asks for any, and to connections: one of those may be taken before it is used. */
const PORTS = { first: 11_000, count: 19_000 };
let nextPort = randomInt(PORTS.count);

/** A port of 127.0.0.1 that nobody uses, another one each time. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + (nextPort++ % PORTS.count);
    if (await canListenOn(port)) return port;
  }
}

function canListenOn(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** Paths in a directory that is made on first use and removed after the suite. Call it where `afterAll` may be called. */
export function temporaryDirectory(): (...names: string[]) => string {
  let directory: string | undefined;
  afterAll(() => directory && rmSync(directory, { recursive: true, force: true }));
  return (...names) => {
    directory ??= mkdtempSync(join(tmpdir(), "private-registry-test-"));
    return join(directory, ...names);
  };
}
