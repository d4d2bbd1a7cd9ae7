import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import type { StorageAccess } from "../../operations/storage/access";
import { S3Client } from "../../operations/storage/s3-client";
import { TunnelAgent } from "../../operations/storage/tunnel-agent";

/** What is done to a request instead of answering it; nothing: it is answered. */
export type Fault = (request: { method: string; key: string; query: URLSearchParams }) => Answer | undefined;

interface Answer {
  readonly status?: number;
  readonly body?: string;
  /** Bytes of the true answer after which the connection ends. */
  readonly cutAfter?: number;
}

interface Held {
  readonly content: Buffer;
  readonly modified: Date;
}

/** An S3 server in memory, which stands in for RustFS and fails on demand. It checks no signatures. */
export class MemoryS3 {
  public readonly objects = new Map<string, Held>();
  public readonly uploads = new Map<string, { key: string; started: Date; parts: number[] }>();
  public readonly requests: string[] = [];
  public fault: Fault = () => undefined;
  public connections = 0;
  private readonly server = createServer((request, response) => void this.answer(request, response));

  /** Listens until the test is over. */
  public static async start(): Promise<MemoryS3> {
    const s3 = new MemoryS3();
    s3.server.on("connection", () => {
      s3.connections += 1;
    });
    await new Promise<void>((resolve) => s3.server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      s3.server.closeAllConnections();
      s3.server.close();
    });
    return s3;
  }

  public put(key: string, content: string | Buffer, modified = new Date("2026-01-02T03:04:05Z")): void {
    this.objects.set(key, { content: Buffer.from(content), modified });
  }

  public access(more: Partial<StorageAccess> = {}): StorageAccess {
    const { port } = this.server.address() as AddressInfo;
    const keys = { accessKey: "KEY", secretKey: "SECRET" };
    const url = new URL(`http://127.0.0.1:${port}`);
    return { url, bucket: "registry", pathStyle: true, region: "r1", root: "docker/registry/v2/", ...keys, ...more };
  }

  /** Ends every connection, as a restart does. */
  public closeConnections(): void {
    this.server.closeAllConnections();
  }

  /** A client that does not wait between attempts. */
  public client(more: Partial<StorageAccess> = {}): S3Client {
    const access = this.access(more);
    const agent = new TunnelAgent(async (host, port) => connect(port, host), access.url, access.tls);
    const client = new S3Client(access, agent, { environment: "local", backoffMs: 1, silenceMs: 500 });
    onTestFinished(() => client.close());
    return client;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "" } = request;
    const { pathname, searchParams: query } = new URL(url, "http://s3");
    const key = decodeURIComponent(pathname.replace(/^\/registry\/?/, ""));
    this.requests.push(`${method} ${url}`);
    const body = await buffer(request).catch(() => Buffer.alloc(0));
    const fault = this.fault({ method, key, query });
    if (fault?.status) {
      response.writeHead(fault.status).end(fault.body ?? "");
      return;
    }
    if (fault?.cutAfter === 0) {
      request.socket.destroy();
      return;
    }
    const { status, content, headers } = this.act(method, key, query, body, request);
    response.writeHead(status, { "content-length": content.length, ...headers });
    if (fault?.cutAfter !== undefined) {
      response.write(content.subarray(0, fault.cutAfter), () => request.socket.destroy());
      return;
    }
    response.end(method === "HEAD" ? undefined : content);
  }

  private act(method: string, key: string, query: URLSearchParams, body: Buffer, { headers }: IncomingMessage) {
    if (query.has("list-type")) return xml(200, this.list(query));
    if (query.has("uploads")) return xml(200, this.listUploads(query));
    if (query.has("delete")) return this.removeMany(body);
    if (query.has("uploadId")) return this.upload(method, query.get("uploadId") ?? "");
    if (method === "PUT") {
      this.put(key, body, new Date());
      return xml(200, "");
    }
    const held = this.objects.get(key);
    if (!held) return xml(404, "<Error><Code>NoSuchKey</Code></Error>");
    const etag = `"${md5(held.content)}"`;
    const from = Number(/^bytes=(\d+)-$/.exec(String(headers.range))?.[1] ?? Number.NaN);
    if (!Number.isNaN(from) && headers["if-match"] !== etag)
      return xml(412, "<Error><Code>PreconditionFailed</Code></Error>");
    const content = Number.isNaN(from) ? held.content : held.content.subarray(from);
    const own = { etag, "last-modified": held.modified.toUTCString() };
    return { status: Number.isNaN(from) ? 200 : 206, content, headers: own };
  }

  private list(query: URLSearchParams): string {
    const [prefix, after] = [query.get("prefix") ?? "", query.get("start-after") ?? ""];
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    const page = keys.slice(0, Number(query.get("max-keys")));
    const contents = page.map((key) => {
      const { content, modified } = this.objects.get(key) as Held;
      const fields = `<LastModified>${modified.toISOString()}</LastModified><Size>${content.length}</Size>`;
      return `<Contents><Key>${key.replaceAll("&", "&amp;")}</Key>${fields}<ETag>&quot;${md5(content)}&quot;</ETag></Contents>`;
    });
    return `<ListBucketResult><IsTruncated>${keys.length > page.length}</IsTruncated>${contents.join("")}</ListBucketResult>`;
  }

  private listUploads(query: URLSearchParams): string {
    const marker = query.get("upload-id-marker") ?? "";
    const left = [...this.uploads].filter(([id, { key }]) => id > marker && key.startsWith(query.get("prefix") ?? ""));
    const page = left.slice(0, 2);
    const items = page.map(
      ([id, { key, started }]) =>
        `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${started.toISOString()}</Initiated></Upload>`,
    );
    const [id, last] = page.at(-1) ?? [];
    const next = last ? `<NextKeyMarker>${last.key}</NextKeyMarker><NextUploadIdMarker>${id}</NextUploadIdMarker>` : "";
    return `<ListMultipartUploadsResult><IsTruncated>${left.length > page.length}</IsTruncated>${next}${items.join("")}</ListMultipartUploadsResult>`;
  }

  private upload(method: string, id: string) {
    const upload = this.uploads.get(id);
    if (!upload) return xml(404, "<Error><Code>NoSuchUpload</Code></Error>");
    if (method === "DELETE") this.uploads.delete(id);
    if (method === "DELETE") return xml(204, "");
    const parts = upload.parts.map((size) => `<Part><Size>${size}</Size></Part>`).join("");
    return xml(200, `<ListPartsResult><IsTruncated>false</IsTruncated>${parts}</ListPartsResult>`);
  }

  private removeMany(body: Buffer) {
    for (const [, key = ""] of body.toString().matchAll(/<Key>([^<]*)<\/Key>/g))
      this.objects.delete(key.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code))));
    return xml(200, "<DeleteResult></DeleteResult>");
  }
}

function xml(status: number, text: string) {
  return { status, content: Buffer.from(text), headers: {} as Record<string, string> };
}

function md5(content: Buffer): string {
  return createHash("md5").update(content).digest("hex");
}
