import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";

export interface RegistryRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization?: string;
}

/** How a registry may be wrong. */
export interface RegistryFaults {
  /** Asks nobody for a password. */
  readonly open?: boolean;
  /** As `open`, for this path only. */
  readonly openPath?: string;
  readonly takesAnyPassword?: boolean;
  readonly takesNoPassword?: boolean;
  /** Says nothing of how to log in. */
  readonly silent?: boolean;
  /** Answers other bytes for a blob or a manifest. */
  readonly corrupts?: "blobs" | "manifests";
  /** Sends clients elsewhere for blobs. */
  readonly redirectTo?: string;
  /** Deletions answer 202, and nothing is deleted. */
  readonly keepsDeleted?: boolean;
  /** Status for requests whose `METHOD /path` matches. */
  readonly status?: readonly [RegExp, number];
}

/** A registry as far as `verify` and `status` ask it: the distribution API with basic authentication, in memory. */
export class FakeRegistry {
  public faults: RegistryFaults = {};
  public readOnly = false;
  public delete = true;
  public readonly requests: RegistryRequest[] = [];
  /** By repository, then by tag or digest. */
  public readonly manifests = new Map<string, Map<string, Buffer>>();
  private readonly blobs = new Map<string, Buffer>();
  private readonly uploads = new Map<string, Buffer>();
  private server?: Server;

  public verifies: (user: string, password: string) => boolean;

  /** @param verifies whether somebody may log in */
  constructor(verifies: (user: string, password: string) => boolean) {
    this.verifies = verifies;
  }

  public async listen(port: number, host = "127.0.0.1"): Promise<void> {
    this.server = createServer((request, response) => void this.answer(request, response));
    await once(this.server.listen(port, host), "listening");
  }

  public async close(): Promise<void> {
    this.server?.closeAllConnections();
    if (this.server?.listening) await new Promise((resolve) => this.server?.close(resolve));
  }

  /** Forgets everything. */
  public reset(): void {
    Object.assign(this, { faults: {}, readOnly: false, delete: true });
    this.requests.length = 0;
    this.manifests.clear();
    this.blobs.clear();
  }

  /** Puts an image there without pushing it. */
  public addTag(repository: string, tag: string): void {
    this.repository(repository).set(tag, Buffer.from("{}"));
  }

  private repository(name: string): Map<string, Buffer> {
    const existing = this.manifests.get(name) ?? new Map<string, Buffer>();
    this.manifests.set(name, existing);
    return existing;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request).catch(() => undefined);
    // A request that was broken off needs no answer.
    if (!body) return;
    const { method = "GET", url = "/", headers } = request;
    const { pathname: path, searchParams } = new URL(url, "http://registry");
    this.requests.push({ method, path, authorization: headers.authorization });
    const { status, headers: more = {}, body: answer = "" } = this.respond(method, path, searchParams, headers, body);
    response.writeHead(status, more).end(answer);
  }

  private respond(
    method: string,
    path: string,
    query: URLSearchParams,
    headers: IncomingMessage["headers"],
    body: Buffer,
  ): Answer {
    const { faults } = this;
    if (faults.status?.[0].test(`${method} ${path}`)) return { status: faults.status[1] };
    if (!faults.open && faults.openPath !== path && !this.isAllowed(headers.authorization))
      return { status: 401, headers: faults.silent ? {} : { "www-authenticate": 'Basic realm="registry"' } };
    if (path === "/v2/") return { status: 200, body: "{}" };
    if (path === "/v2/_catalog") return json({ repositories: [...this.manifests.keys()].sort() });
    const [, repository = "", kind = "", rest = ""] =
      /^\/v2\/(.+)\/(manifests|blobs\/uploads|blobs|tags)\/(.*)$/.exec(path) ?? [];
    if (kind === "tags")
      return json({
        name: repository,
        tags: [...this.repository(repository).keys()].filter((tag) => !tag.includes(":")),
      });
    if (method !== "GET" && method !== "HEAD" && (this.readOnly || (method === "DELETE" && !this.delete)))
      return { status: 405, body: '{"errors":[{"code":"UNSUPPORTED"}]}' };
    if (kind === "blobs/uploads") return this.upload(method, repository, rest, query, body);
    if (kind === "blobs") return this.blob(method, rest);
    if (kind === "manifests") return this.manifest(method, repository, rest, body);
    return { status: 404 };
  }

  private isAllowed(authorization = ""): boolean {
    if (this.faults.takesNoPassword) return false;
    const [user = "", ...password] = Buffer.from(authorization.replace("Basic ", ""), "base64").toString().split(":");
    if (user === "") return false;
    return this.faults.takesAnyPassword === true || this.verifies(user, password.join(":"));
  }

  private upload(method: string, repository: string, id: string, query: URLSearchParams, body: Buffer): Answer {
    if (method === "POST") {
      const fresh = randomUUID();
      this.uploads.set(fresh, Buffer.alloc(0));
      return { status: 202, headers: { location: `/v2/${repository}/blobs/uploads/${fresh}` } };
    }
    const before = this.uploads.get(id);
    if (method === "DELETE") return { status: this.uploads.delete(id) ? 204 : 404 };
    if (method === "GET")
      return before ? { status: 204, headers: { range: `0-${Math.max(0, before.length - 1)}` } } : { status: 404 };
    const bytes = Buffer.concat([before ?? Buffer.alloc(0), body]);
    this.uploads.set(id, bytes);
    if (method === "PATCH") return { status: 202, headers: { location: `/v2/${repository}/blobs/uploads/${id}` } };
    const digest = query.get("digest") ?? "";
    if (digest !== digestOf(bytes)) return { status: 400, body: '{"errors":[{"code":"DIGEST_INVALID"}]}' };
    this.blobs.set(digest, bytes);
    return { status: 201 };
  }

  private blob(method: string, digest: string): Answer {
    const { redirectTo, corrupts, keepsDeleted } = this.faults;
    const bytes = this.blobs.get(digest);
    if (!bytes) return { status: 404 };
    if (method === "DELETE") {
      if (!keepsDeleted) this.blobs.delete(digest);
      return { status: 202 };
    }
    if (redirectTo) return { status: 307, headers: { location: `${redirectTo}/${digest}` } };
    return { status: 200, body: corrupts === "blobs" ? Buffer.alloc(bytes.length) : bytes };
  }

  private manifest(method: string, repository: string, reference: string, body: Buffer): Answer {
    const all = this.repository(repository);
    if (method === "PUT") {
      all.set(reference, body);
      all.set(digestOf(body), body);
      return { status: 201, headers: { "docker-content-digest": digestOf(body) } };
    }
    const found = all.get(reference);
    if (!found) return { status: 404 };
    if (method === "DELETE") {
      const names = [...all].filter(([, bytes]) => bytes === found).map(([name]) => name);
      if (!this.faults.keepsDeleted) for (const name of names) all.delete(name);
      return { status: 202 };
    }
    const headers = { "docker-content-digest": digestOf(found) };
    return { status: 200, headers, body: this.faults.corrupts === "manifests" ? Buffer.from("{}") : found };
  }
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

const json = (value: unknown): Answer => ({ status: 200, body: JSON.stringify(value) });
const digestOf = (bytes: Uint8Array) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
