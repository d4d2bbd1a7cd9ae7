import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { beforeAll, onTestFinished } from "vitest";
import { stringify } from "yaml";
import { collectionOf, isCollection, resourceOf, verbOf } from "./rest-paths";

/** What a websocket does here; the package comes with Kubernetes' client, and without types. */
interface Socket {
  send(bytes: Buffer): void;
  close(): void;
  on(event: "message" | "close", hear: (bytes: Buffer) => void): void;
}
const { WebSocketServer } = createRequire(__filename)("ws") as {
  WebSocketServer: new (
    options: object,
  ) => {
    handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, ready: (socket: Socket) => void): void;
  };
};

// It is large: on a busy machine the first test that loads it would be late.
beforeAll(async () => void (await import("@kubernetes/client-node")), 120_000);

/** An object as the API has it; only what is looked at here is described. */
export interface KubernetesObject {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Record<string, string>;
    [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

/** A program that was started in a pod. */
export interface Executed {
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
  /** Its first line of standard input, when it has one. */
  readonly line?: string;
}

export interface ExecAnswer {
  readonly stdout?: string;
  readonly stderr?: string;
  /** @default 0 */
  readonly exitCode?: number;
}

/**
 * An API server in memory: objects by their REST path, logs, programs in pods and forwarded ports. It does nothing by itself, as
 * there are no controllers: a test says what there is.
 */
export class FakeCluster {
  /** By path: `/api/v1/namespaces/lab/pods/lab-registry-0`. */
  public readonly objects = new Map<string, KubernetesObject>();
  /** Lines of pods: `2026-01-01T00:00:00.000000000Z text`. A line that is added later comes to those who follow. */
  public readonly logs = new Map<string, string[]>();
  public readonly previousLogs = new Map<string, string[]>();
  /** Answers by `VERB resource`, in place of what would be answered: `list pods`, or by path. */
  public readonly refused = new Map<string, { readonly status: number; readonly message: string }>();
  /** Paths of what something holds: deleted, it stays, and is marked. */
  public readonly held = new Set<string>();
  /** Hears of every object that a request made, changed or deleted, by its path: what controllers would do. */
  public onChange: (path: string) => void | Promise<void> = () => {};
  public readonly executed: Executed[] = [];
  public readonly requests: string[] = [];
  /** What programs do. */
  public exec: (executed: Executed) => ExecAnswer | Promise<ExecAnswer> = () => ({});
  /** What a forwarded port answers to each message. */
  public answerPort: (pod: string, port: number, bytes: Buffer) => Buffer = (_pod, _port, bytes) => bytes;
  /** What `SelfSubjectAccessReview` says: `create deployments.apps`. */
  public may: (what: string) => boolean = () => true;
  /** Pods to whose own standard input somebody is attached, and how to hang up. */
  public readonly attached: { readonly pod: string; readonly hangUp: () => void }[] = [];
  public version = { major: "1", minor: "36", gitVersion: "v1.36.3" };

  private readonly server: Server;
  private readonly sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "v4.channel.k8s.io" });
  private readonly isTls: boolean;

  private constructor(tls?: ServerOptions) {
    const answer = (request: IncomingMessage, response: ServerResponse) => void this.answer(request, response);
    this.isTls = tls !== undefined;
    this.server = tls ? createTlsServer(tls, answer) : createServer(answer);
    this.server.on("upgrade", (request, socket, head) => this.upgrade(request, socket, head));
  }

  /** Listens until the test has ended. */
  public static async start(tls?: ServerOptions): Promise<FakeCluster> {
    const cluster = await FakeCluster.make(tls);
    onTestFinished(() => cluster.close());
    return cluster;
  }

  /** Listens until it is closed. */
  public static async make(tls?: ServerOptions): Promise<FakeCluster> {
    const cluster = new FakeCluster(tls);
    await once(cluster.server.listen(0, "127.0.0.1"), "listening");
    cluster.put("/api/v1/namespaces", { metadata: { name: "lab" }, status: { phase: "Active" } });
    return cluster;
  }

  public close(): void {
    this.server.close().closeAllConnections();
  }

  public get url(): string {
    return `${this.isTls ? "https" : "http"}://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Path of a kubeconfig with the context `fake`. @param cluster of the kubeconfig, instead */
  public kubeconfig(cluster: object = { "insecure-skip-tls-verify": true }, user: object = {}): string {
    const file = join(mkdtempSync(join(tmpdir(), "kubeconfig-")), "config");
    const config = {
      ...{ apiVersion: "v1", kind: "Config" },
      clusters: [{ name: "fake", cluster: { server: this.url, ...cluster } }],
      users: [{ name: "person", user }],
      contexts: [
        { name: "fake", context: { cluster: "fake", user: "person" } },
        { name: "other", context: { cluster: "fake", user: "person" } },
      ],
    };
    writeFileSync(file, stringify(config));
    return file;
  }

  /** Settings of an environment in the namespace `lab`. */
  public settings() {
    return { context: "fake", kubeconfig: this.kubeconfig(), namespace: "lab" };
  }

  /** Adds or replaces an object. @param collection its path: `/api/v1/namespaces/lab/pods` */
  public put(collection: string, object: KubernetesObject): void {
    const uid = createHash("sha1").update(`${collection}/${object.metadata.name}`).digest("hex").slice(0, 8);
    this.objects.set(`${collection}/${object.metadata.name}`, {
      ...object,
      metadata: { uid, creationTimestamp: "2026-01-01T00:00:00Z", ...object.metadata },
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "", this.url);
    const { method = "GET" } = request;
    this.requests.push(`${method} ${pathname}`);
    const send = (status: number, body: unknown) =>
      void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    const refuse = (status: number, message: string) =>
      send(status, { kind: "Status", status: "Failure", code: status, message });
    const refused =
      this.refused.get(pathname) ?? this.refused.get(`${verbOf(method, pathname)} ${resourceOf(pathname)}`);
    if (refused) return refuse(refused.status, refused.message);
    if (pathname === "/version") return send(200, this.version);
    if (method === "POST" && pathname.endsWith("/selfsubjectaccessreviews")) {
      const review = JSON.parse(await text(request)) as { spec: { resourceAttributes: Record<string, string> } };
      const { verb, resource, group, subresource } = review.spec.resourceAttributes;
      const what = `${verb} ${resource}${subresource ? `/${subresource}` : ""}${group ? `.${group}` : ""}`;
      return send(201, { ...review, status: { allowed: this.may(what) } });
    }
    const log = /\/pods\/([^/]+)\/log$/.exec(pathname)?.[1];
    if (log) return this.answerLog(log, searchParams, response, refuse);
    const found = this.objects.get(pathname);
    if (found && method === "GET") return send(200, found);
    if (method !== "GET") return this.change(method, pathname, JSON.parse((await text(request)) || "{}"), send, refuse);
    if (isCollection(pathname)) return send(200, { kind: "List", items: this.list(pathname, searchParams) });
    return refuse(404, `${resourceOf(pathname)} "${pathname.split("/").at(-1)}" not found`);
  }

  private async change(method: string, path: string, body: unknown, send: Send, refuse: Refuse): Promise<void> {
    const found = this.objects.get(path);
    if (method === "POST" && isCollection(path)) {
      const object = body as KubernetesObject;
      const { name } = object.metadata;
      if (this.objects.has(`${path}/${name}`)) return refuse(409, `${resourceOf(path)} "${name}" already exists`);
      return this.write(`${path}/${name}`, object, send);
    }
    if (found && method === "PUT") return this.write(path, body as KubernetesObject, send);
    if (!found || method !== "DELETE") return refuse(404, `${resourceOf(path)} "${path.split("/").at(-1)}" not found`);
    const { metadata } = found;
    const { uid = metadata.uid } = (body as { preconditions?: { uid?: string } }).preconditions ?? {};
    if (uid !== metadata.uid) return refuse(409, "the UID is another");
    if (this.held.has(path)) metadata.deletionTimestamp = new Date().toISOString();
    else this.objects.delete(path);
    await this.onChange(path);
    send(200, { kind: "Status", status: "Success" });
  }

  private async write(path: string, object: KubernetesObject, send: Send): Promise<void> {
    this.put(path.replace(/\/[^/]+$/, ""), object);
    await this.onChange(path);
    send(200, this.objects.get(path));
  }

  private list(path: string, query: URLSearchParams): KubernetesObject[] {
    const pairs = (name: string) =>
      (query.get(name) ?? "")
        .split(",")
        .filter(Boolean)
        .map((one) => one.split("="));
    // Without a namespace in the path it is those of all namespaces.
    const isIn = (key: string) => key.replace(/\/[^/]+$/, "") === path || collectionOf(key) === path;
    const all = [...this.objects].filter(([key]) => isIn(key));
    return all
      .map(([, object]) => object)
      .filter(({ metadata }) => pairs("labelSelector").every(([key = "", value]) => metadata.labels?.[key] === value))
      .filter((object) => pairs("fieldSelector").every(([key = "", value]) => valueAt(object, key) === value));
  }

  private answerLog(pod: string, query: URLSearchParams, response: ServerResponse, refuse: Refuse): void {
    const lines = (query.get("previous") ? this.previousLogs : this.logs).get(pod);
    if (!lines) {
      refuse(400, `container in pod "${pod}" is waiting to start: ContainerCreating`);
      return;
    }
    const since = query.get("sinceTime") ?? "";
    const tail = query.get("tailLines");
    const past = lines.filter((line) => !since || Date.parse(line.split(" ")[0] ?? "") >= Date.parse(since));
    response.writeHead(200, { "content-type": "text/plain" }).flushHeaders();
    for (const line of tail === null ? past : past.slice(past.length - Number(tail))) response.write(`${line}\n`);
    if (!query.get("follow")) {
      response.end();
      return;
    }
    let sent = lines.length;
    const path = [...this.objects.keys()].find((key) => key.endsWith(`/pods/${pod}`)) ?? "";
    const timer = setInterval(() => {
      for (; sent < lines.length; sent += 1) response.write(`${lines[sent]}\n`);
      if (this.logs.get(pod) !== lines || hasEnded(this.objects.get(path))) response.end();
    }, 5);
    response.once("close", () => clearInterval(timer));
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { pathname, searchParams } = new URL(request.url ?? "", this.url);
    const [, pod = "", kind] = /\/pods\/([^/]+)\/(attach|exec|portforward)$/.exec(pathname) ?? [];
    const status = this.refused.get(`create pods/${kind}`)?.status ?? (this.podPath(pathname, pod) ? 101 : 404);
    if (status !== 101) {
      socket.end(`HTTP/1.1 ${status} No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    this.sockets.handleUpgrade(request, socket, head, (opened) => {
      if (kind === "attach") this.attach(opened, pod);
      else if (kind === "exec") void this.runExec(opened, pod, searchParams);
      else this.forward(opened, pod, Number(searchParams.get("ports")));
    });
  }

  private attach(socket: Socket, pod: string): void {
    const one = { pod, hangUp: () => socket.close() };
    this.attached.push(one);
    socket.on("close", () => void this.attached.splice(this.attached.indexOf(one), 1));
  }

  private podPath(path: string, pod: string): KubernetesObject | undefined {
    return this.objects.get(path.replace(/\/pods\/.*/, `/pods/${pod}`));
  }

  private async runExec(socket: Socket, pod: string, query: URLSearchParams): Promise<void> {
    const line = query.get("stdin")
      ? await new Promise<string>((resolve) =>
          socket.on("message", (bytes) => resolve(bytes.toString("utf8", 1).trim())),
        )
      : undefined;
    const executed = { pod, container: query.get("container") ?? "", command: query.getAll("command"), line };
    this.executed.push(executed);
    const { stdout = "", stderr = "", exitCode = 0 } = await this.exec(executed);
    const send = (stream: number, content: string) =>
      socket.send(Buffer.concat([Buffer.from([stream]), Buffer.from(content)]));
    if (stdout) send(1, stdout);
    if (stderr) send(2, stderr);
    const failure = { status: "Failure", details: { causes: [{ reason: "ExitCode", message: String(exitCode) }] } };
    send(3, JSON.stringify(exitCode === 0 ? { status: "Success" } : failure));
    socket.close();
  }

  private forward(socket: Socket, pod: string, port: number): void {
    const number = Buffer.from([port & 255, port >> 8]);
    for (const stream of [0, 1]) socket.send(Buffer.concat([Buffer.from([stream]), number]));
    socket.on("message", (bytes) =>
      socket.send(Buffer.concat([Buffer.from([0]), this.answerPort(pod, port, bytes.subarray(1))])),
    );
  }
}

type Send = (status: number, body: unknown) => void;
type Refuse = (status: number, message: string) => void;

function hasEnded(pod: KubernetesObject | undefined): boolean {
  const { containerStatuses = [] } = (pod?.status ?? {}) as { containerStatuses?: { state?: object }[] };
  return containerStatuses.some(({ state = {} }) => "terminated" in state);
}

function valueAt(object: unknown, path: string): unknown {
  return path.split(".").reduce((value, key) => (value as Record<string, unknown> | undefined)?.[key], object);
}
