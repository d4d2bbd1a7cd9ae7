import childProcess, { type ChildProcess, type SpawnOptions } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { resolve } from "node:path";
import { HostedChild } from "./hosted-child";

/** It finds the server by `NAME.port` beside the link that it is called by. */
const CLIENT = resolve(__dirname, "program-client.sh");

/** How a program was called. */
export interface ProgramCall {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly pid: number;
  /** Of files that it writes. */
  readonly mode: number;
}

/** What a running program can do. */
export interface ProgramOutput {
  /** Print lines on standard output, and on standard error. */
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** End as by SIGKILL. */
  readonly kill: () => void;
}

/** A program at work. */
export interface RunningProgram {
  /** @returns the exit code */
  readonly end: () => Promise<number>;
  /** The first SIGINT. A second one ends it. @default - nothing happens */
  readonly interrupt?: () => void;
  /** It was killed: nothing may happen any more. */
  readonly killed?: () => void;
}

/** A connection that may come later. */
interface Awaited {
  readonly promise: Promise<Socket>;
  readonly resolve: (socket: Socket) => void;
}

/** By the path that each is called by. */
const served = new Map<string, ProgramServer>();

// What our own code spawns needs no process: handing a call over through one took longer than the call. What a script calls is one.
const { spawn } = childProcess;
childProcess.spawn = ((command: string, args: readonly string[], options: SpawnOptions): ChildProcess =>
  served.get(command)?.host(args, options) ?? spawn(command, args, options)) as typeof spawn;
syncBuiltinESMExports();

/** Programs on a PATH that are run by this process. */
export class ProgramServer {
  private readonly server = createServer((socket) => this.accept(socket));
  private readonly sockets = new Set<Socket>();
  /** Where the output of a process goes, once it has said so. */
  private readonly outputs = new Map<number, Awaited>();
  private program = "";
  private readonly run: (call: ProgramCall, output: ProgramOutput) => RunningProgram;

  constructor(run: (call: ProgramCall, output: ProgramOutput) => RunningProgram) {
    this.run = run;
  }

  /** @param program path that it can be called by from now on */
  public async listen(program: string): Promise<void> {
    await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
    writeFileSync(`${program}.port`, `${(this.server.address() as AddressInfo).port}\n`);
    symlinkSync(CLIENT, program);
    this.program = program;
    served.set(program, this);
  }

  /** A run of it in this process, as `spawn` makes one. */
  public host(args: readonly string[], { cwd = process.cwd(), env = process.env }: SpawnOptions): ChildProcess {
    const variables = env as Record<string, string>;
    return new HostedChild((child) =>
      this.run({ args, cwd: String(cwd), variables, pid: child.pid, mode: 0o666 & ~process.umask() }, child),
    ) as unknown as ChildProcess;
  }

  public async close(): Promise<void> {
    served.delete(this.program);
    for (const socket of this.sockets) socket.destroy();
    await new Promise((done) => this.server.close(done));
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    // Whoever is killed says nothing more.
    socket.on("error", () => {});
    socket.on("close", () => this.sockets.delete(socket));
    const words: string[] = [];
    let rest = "";
    let interrupt: (() => void) | undefined;
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      const all = (rest + text).split("\0");
      rest = all.pop() ?? "";
      for (const word of all) {
        if (interrupt) interrupt();
        else words.push(word);
        if (words[0] === "output" && words.length === 2) this.outputOf(Number(words[1])).resolve(socket);
        const isWhole = words[0] === "call" && word === "" && words.length > 5 + Number(words[4]);
        if (isWhole) interrupt ??= this.start(words, socket);
      }
    });
  }

  private outputOf(pid: number): Awaited {
    const known = this.outputs.get(pid);
    if (known) return known;
    let resolve: (socket: Socket) => void = () => {};
    const promise = new Promise<Socket>((done) => {
      resolve = done;
    });
    const made = { promise, resolve };
    this.outputs.set(pid, made);
    return made;
  }

  /** @returns what an interruption does */
  private start(words: readonly string[], control: Socket): () => void {
    const call = callOf(words);
    const { pid } = call;
    const output = this.outputOf(pid).promise;
    let ended = false;
    const end = (code?: number) => {
      if (ended) return;
      ended = true;
      void output.then((socket) => {
        this.outputs.delete(pid);
        socket.end();
        control.end(code === undefined ? "" : `x${code}\n`);
      });
    };
    const running = this.run(call, {
      out: (text) => void output.then((socket) => socket.write(`${text}\n`)),
      err: (text) => void control.write(text.replace(/^/gm, "e").concat("\n")),
      kill: () => {
        process.kill(pid, "SIGKILL");
        cut();
      },
    });
    const cut = (code?: number) => {
      if (!ended) running.killed?.();
      end(code);
    };
    control.on("close", () => cut());
    void running.end().then(end);
    let interrupted = false;
    return () => {
      if (interrupted) cut(1);
      else running.interrupt?.();
      interrupted = true;
    };
  }
}

function callOf([, pid, cwd = "", umask = "", count, ...rest]: readonly string[]): ProgramCall {
  const variables = rest.slice(Number(count), -1).map((one) => {
    const at = one.indexOf("=");
    return [one.slice(0, at), one.slice(at + 1)];
  });
  return {
    args: rest.slice(0, Number(count)),
    cwd,
    variables: Object.fromEntries(variables),
    pid: Number(pid),
    mode: 0o666 & ~Number.parseInt(umask, 8),
  };
}
