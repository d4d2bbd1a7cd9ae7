import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { Containers, type FakeContainer } from "./fake-engine/containers";
import { EngineError, frame, type Query } from "./fake-engine/http";
import { Objects } from "./fake-engine/objects";

export type { FakeContainer } from "./fake-engine/containers";

/** What a program in a container prints. */
export interface ExecAnswer {
  /** @default 0 */
  readonly exitCode?: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** One request as it came. */
export interface EngineCall {
  readonly method: string;
  /** Without version and query. */
  readonly path: string;
  readonly query: Query;
  readonly body: unknown;
}

/** What the engine answers with 201. */
const MAKES = /^POST \/((containers|networks|volumes)\/create|containers\/[^/]+\/exec|images\/.*\/tag)$/;

/**
 * A Docker Engine as far as we and the fake Terraform ask it, on a unix socket: containers, networks, volumes and images are
 * objects in memory, which a test looks at and changes. Nothing runs in a container; `onStart` and `exec` say what it does.
 */
export class FakeEngine extends EventEmitter {
  public version: Record<string, unknown> = {
    Version: "29.7.2",
    ApiVersion: "1.52",
    MinAPIVersion: "1.44",
    Os: "linux",
  };
  public info: Record<string, unknown> = {
    ID: "fake",
    Name: "fake",
    ServerVersion: "29.7.2",
    NCPU: 2,
    MemTotal: 24 * 2 ** 30,
    OperatingSystem: "Debian",
    OSType: "linux",
    Architecture: "x86_64",
    Driver: "overlay2",
    DockerRootDir: "/var/lib/docker",
    SecurityOptions: ["name=seccomp,profile=builtin", "name=cgroupns"],
  };
  /** Everything that was asked. */
  public readonly calls: EngineCall[] = [];
  public readonly containers = new Containers(this);
  public readonly objects = new Objects(this);
  /** Accepts connections and answers nothing. */
  public isStuck = false;
  /** What a program in a container prints. */
  public exec: (
    container: FakeContainer,
    command: readonly string[],
    input: string,
  ) => ExecAnswer | Promise<ExecAnswer> = () => ({});
  private readonly refusals: { pattern: RegExp; status: number; message: string }[] = [];
  private readonly sockets = new Set<Socket>();
  private server?: Server;

  /** Answers every request whose `METHOD /path` matches with an error, from now on. */
  public refuse(pattern: RegExp, status: number, message: string): void {
    this.refusals.push({ pattern, status, message });
  }

  /** Forgets what was asked, and what a test has made it refuse. */
  public reset(): void {
    this.refusals.length = 0;
    this.calls.length = 0;
    this.isStuck = false;
    this.objects.pullError = undefined;
  }

  public async listen(socketPath: string): Promise<this> {
    this.server = createServer((request, response) => void this.answer(request, response));
    this.server.on("upgrade", (request, socket: Socket, head: Buffer) => void this.upgrade(request, socket, head));
    this.server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket)).on("error", () => {});
    });
    await once(this.server.listen(socketPath), "listening");
    return this;
  }

  public async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (this.server?.listening) await new Promise((resolve) => this.server?.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await buffer(request);
    if (this.isStuck) return;
    const { method = "GET", path, query } = parse(request);
    const isJson = request.headers["content-type"]?.includes("json") && bytes.length > 0;
    const body = isJson ? JSON.parse(bytes.toString()) : bytes;
    this.calls.push({ method, path, query, body });
    try {
      const refusal = this.refusals.find(({ pattern }) => pattern.test(`${method} ${path}`));
      if (refusal) throw new EngineError(refusal.status, refusal.message);
      const answer = await this.route(method, path, query, body);
      if (Buffer.isBuffer(answer)) response.setHeader("content-type", "application/octet-stream");
      else response.setHeader("content-type", "application/json");
      response.statusCode = answer === undefined ? 204 : MAKES.test(`${method} ${path}`) ? 201 : 200;
      response.end(answer === undefined ? undefined : Buffer.isBuffer(answer) ? answer : JSON.stringify(answer));
    } catch (error) {
      response.statusCode = error instanceof EngineError ? error.status : 500;
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({ message: error instanceof EngineError ? error.message : String((error as Error).stack) }),
      );
    }
  }

  private route(method: string, path: string, query: Query, body: unknown): unknown {
    if (path === "/version") return this.version;
    if (path === "/info") return this.info;
    if (path === "/_ping") return Buffer.from("OK");
    if (path === "/system/df") return this.objects.diskUsage();
    if (/^\/(containers|exec)\b/.test(path)) return this.containers.route(method, path, query, body);
    return this.objects.route(method, path, query, body);
  }

  /** `exec` and `attach` take the connection over: both directions are bytes from here on. */
  private async upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    if (this.isStuck) return;
    const { method = "POST", path } = parse(request);
    this.calls.push({ method, path, query: {}, body: undefined });
    const exec = this.containers.execOf(path);
    if (!exec) return void socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
    socket.write("HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n");
    socket.write("Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
    const input = exec.hasInput ? await lineFrom(socket, head) : "";
    const { stdout = "", stderr = "", exitCode } = await this.exec(exec.container, exec.command, input);
    exec.exitCode = exitCode;
    if (!socket.destroyed) socket.end(Buffer.concat([frame(1, stdout), frame(2, stderr)]));
  }
}

/** The line that a client writes; before it comes the body of its request. */
function lineFrom(socket: Socket, head: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const see = (chunk: Buffer) => {
      text += chunk.toString();
      const line = text.slice(text.indexOf("}") + 1);
      if (line.includes("\n")) resolve(line);
    };
    see(head);
    socket.on("data", see).once("close", () => resolve(""));
  });
}

function parse({ method, url = "/" }: IncomingMessage): { method?: string; path: string; query: Query } {
  const { pathname, searchParams } = new URL(url, "http://docker");
  const path = decodeURIComponent(pathname.replace(/^\/v1\.\d+/, ""));
  return { method, path, query: Object.fromEntries(searchParams) };
}
