import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  request as requestHttp,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer, request as requestHttps } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./process";

/** What is done to a request instead of passing it on. */
export interface Fault {
  /** Answers this, without asking the upstream. */
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Takes the request and never answers. */
  readonly hangs?: boolean;
  /** Spreads the answer's body over that time. */
  readonly spreadOverMs?: number;
  /** Changes the answer's body; its declared length stays. */
  readonly change?: (body: Buffer) => Buffer;
}

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** Decides about a request; `undefined` passes it on. */
export type Faults = (request: { method: string; path: string; authorization?: string }) => Fault | undefined;

/** A server in front of a real registry, or of another server, that misbehaves as it is told to. */
export class FaultyUpstream {
  /** Chosen by a test, at any time. */
  public faults: Faults = () => undefined;
  /** What was asked, e.g. `GET /v2/`. */
  public readonly requests: string[] = [];
  /** The `Authorization` headers that came, without repetition. */
  public readonly authorizations = new Set<string>();
  private server?: Server;

  private readonly target: string;
  private readonly port: number;
  private readonly pair?: Pair;

  private constructor(target: string, port: number, pair?: Pair) {
    this.target = target;
    this.port = port;
    this.pair = pair;
  }

  /** @param pair its certificate for localhost; with one it speaks TLS, as its target does. */
  public static async start(target: string, pair?: Pair): Promise<FaultyUpstream> {
    const upstream = new FaultyUpstream(target, await freePort(), pair);
    await upstream.comeBack();
    return upstream;
  }

  public get url(): string {
    return this.pair ? `https://localhost:${this.port}` : `http://127.0.0.1:${this.port}`;
  }

  /** Connections are refused from now on. */
  public async goAway(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    server?.closeAllConnections();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  public async comeBack(): Promise<void> {
    if (this.server) return;
    const answer = (request: IncomingMessage, response: ServerResponse) =>
      void this.answer(request, response).catch(() => response.destroy());
    const server = this.pair ? createTlsServer(this.pair, answer) : createServer(answer);
    await once(server.listen(this.port, "127.0.0.1"), "listening");
    this.server = server;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url: path = "" } = request;
    this.requests.push(`${method} ${path}`);
    if (request.headers.authorization) this.authorizations.add(request.headers.authorization);
    const fault = this.faults({ method, path, authorization: request.headers.authorization }) ?? {};
    if (fault.hangs) return;
    if (fault.status) {
      response.writeHead(fault.status, fault.headers).end(fault.body);
      return;
    }
    const { status, headers, body } = await this.pass(method, path, request);
    response.writeHead(status, headers);
    const changed = fault.change?.(body) ?? body;
    const pieces = fault.spreadOverMs ? 10 : 1;
    for (let n = 0; n < pieces; n++) {
      if (n > 0) await sleep((fault.spreadOverMs ?? 0) / pieces);
      response.write(changed.subarray((n * changed.length) / pieces, ((n + 1) * changed.length) / pieces));
    }
    // Fewer bytes than declared: the connection breaks off.
    if (changed.length < body.length) response.destroy();
    else response.end();
  }

  private async pass(method: string, path: string, asked: IncomingMessage) {
    const { headers } = asked;
    const options = { method, headers, agent: false, rejectUnauthorized: false };
    const request = (this.pair ? requestHttps : requestHttp)(this.target + path, options);
    asked.pipe(request);
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    const parts: Buffer[] = [];
    for await (const part of answer) parts.push(part);
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) };
  }
}
