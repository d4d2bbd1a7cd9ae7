import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { resolve } from "node:path";
import { parse, Run } from "./run.mjs";

/** The program to link: it finds the server by `NAME.port` beside the link. */
export const CLIENT = resolve(__dirname, "client.sh");

/** One run of the stand-in. */
export interface TerraformCall {
  readonly command: string;
  readonly args: readonly string[];
  readonly directory: string;
  /** Its environment variables. */
  readonly variables: Readonly<Record<string, string>>;
  readonly pid: number;
}

/** A connection that may come later. */
interface Awaited {
  readonly promise: Promise<Socket>;
  readonly resolve: (socket: Socket) => void;
}

/** A stand-in for Terraform that works in this process; the program that is started only hands over what it was called with. */
export class FakeTerraform {
  /** Every run so far. */
  public readonly calls: TerraformCall[] = [];
  /** What it is to do otherwise, by command. */
  public scripts: Readonly<Record<string, object>> = {};

  private readonly server = createServer((socket) => this.accept(socket));
  private readonly sockets = new Set<Socket>();
  /** Where the output of a process goes, once it has said so. */
  private readonly outputs = new Map<number, Awaited>();
  private readonly project: string;

  /** @param project the folder of the project, for scripts that wait for a file */
  constructor(project: string) {
    this.project = project;
  }

  /** @param program the link to `CLIENT` */
  public async listen(program: string): Promise<void> {
    await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
    writeFileSync(`${program}.port`, `${(this.server.address() as AddressInfo).port}\n`);
  }

  public async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((done) => this.server.close(done));
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    // Whoever is killed says nothing more.
    socket.on("error", () => {});
    socket.on("close", () => this.sockets.delete(socket));
    let words: string[] = [];
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
        if (!isWhole || interrupt) continue;
        interrupt = this.start(words, socket);
        words = [];
      }
    });
  }

  private outputOf(pid: number): Awaited {
    const known = this.outputs.get(pid);
    if (known) return known;
    let resolve: (socket: Socket) => void = () => {};
    const made = { promise: new Promise<Socket>((done) => (resolve = done)), resolve };
    this.outputs.set(pid, made);
    return made;
  }

  /** @returns what an interruption does */
  private start([, process, cwd = "", umask = "", count, ...rest]: readonly string[], control: Socket): () => void {
    const pid = Number(process);
    const variables = Object.fromEntries(
      rest.slice(Number(count), -1).map((one) => [one.slice(0, one.indexOf("=")), one.slice(one.indexOf("=") + 1)]),
    );
    const call = { ...parse({ args: rest.slice(0, Number(count)), cwd, variables }), variables, pid };
    this.calls.push(call);
    const output = this.outputOf(pid).promise;
    const out = (text: string) => void output.then((socket) => socket.write(`${text}\n`));
    const err = (text: string) => void control.write(text.replace(/^/gm, "e").concat("\n"));
    const kill = () => {
      run.gone = true;
      globalThis.process.kill(pid, "SIGKILL");
      end();
    };
    const end = (code?: number) =>
      void output.then((socket) => {
        this.outputs.delete(pid);
        socket.end();
        control.end(code === undefined ? "" : `x${code}\n`);
      });
    const mode = 0o666 & ~Number.parseInt(umask, 8);
    const run = new Run(
      { ...call, mode },
      { ...this.scripts[call.command], project: this.project },
      { out, err, kill },
    );
    control.on("close", () => {
      run.gone = true;
      end();
    });
    void run.end().then((code: number) => {
      if (!run.gone) end(code);
    });
    return () => {
      if (run.stopped) {
        run.gone = true;
        end(1);
      } else run.interrupt();
    };
  }
}
