import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface ProxiedRequest {
  readonly method: string;
  /** Decoded, without the bucket. */
  readonly key: string;
  readonly query: URLSearchParams;
  /** Whether the registry asks, and not this program. */
  readonly isRegistry: boolean;
}

/** An answer in place of the storage's, or a change of it. */
export type ProxyFault =
  | { readonly status: number; readonly body?: string }
  | { readonly change: (body: string) => string };

/** Stands between a registry and its storage, and fails where a test wants it to. */
export class S3FaultProxy {
  public fault: (request: ProxiedRequest) => ProxyFault | undefined = () => undefined;
  public readonly faults: string[] = [];
  private readonly agent = new Agent({ keepAlive: true });
  private readonly server = createServer((from, to) => {
    this.answer(from, to).catch(() => to.destroy());
  });

  private readonly target: URL;

  private constructor(target: string) {
    this.target = new URL(target);
  }

  public static async start(target: string): Promise<S3FaultProxy> {
    const proxy = new S3FaultProxy(target);
    await new Promise<void>((resolve) => proxy.server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  public get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public stop(): void {
    this.server.closeAllConnections();
    this.server.close();
    this.agent.destroy();
  }

  private async answer(from: IncomingMessage, to: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = from;
    const { pathname, searchParams: query } = new URL(url, this.endpoint);
    const key = decodeURIComponent(pathname.replace(/^\/[^/]+\/?/, ""));
    const isRegistry = String(headers["user-agent"]).includes("aws-sdk-go");
    const body = await buffer(from);
    const fault = this.fault({ method, key, query, isRegistry });
    if (fault) this.faults.push(`${method} ${key || url}`);
    if (fault && "status" in fault) {
      to.writeHead(fault.status).end(fault.body ?? "<Error><Code>SlowDown</Code></Error>");
      return;
    }
    const answered = await this.forward(method, url, headers, body);
    const content = fault ? Buffer.from(fault.change(answered.body.toString())) : answered.body;
    const { "transfer-encoding": _, ...passed } = answered.headers;
    to.writeHead(answered.status, method === "HEAD" ? passed : { ...passed, "content-length": content.length });
    to.end(method === "HEAD" ? undefined : content);
  }

  private async forward(method: string, path: string, headers: IncomingMessage["headers"], body: Buffer) {
    const { hostname, port } = this.target;
    const asked = request({ agent: this.agent, hostname, port, method, path, headers });
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      asked.once("response", resolve).once("error", reject);
      asked.end(body);
    });
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await buffer(answer) };
  }
}
