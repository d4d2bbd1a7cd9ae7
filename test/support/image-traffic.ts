import { createHash, randomBytes } from "node:crypto";
import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

const MIB = 2 ** 20;
/** Of a connection on which nothing moves. */
const PATIENCE_MS = 60_000;
const BLOCK = randomBytes(MIB);
const CONFIG = Buffer.from("{}");
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** A layer that is made anew whenever it is sent, so that many large ones need no memory. */
export interface Layer {
  readonly id: Buffer;
  readonly size: number;
  readonly digest: string;
}

export function makeLayer(size: number): Layer {
  const layer = { id: randomBytes(16), size };
  const hash = createHash("sha256");
  for (const block of blocksOf(layer)) hash.update(block);
  return { ...layer, digest: `sha256:${hash.digest("hex")}` };
}

export function* blocksOf({ id, size }: Pick<Layer, "id" | "size">): Generator<Buffer> {
  for (let at = 0; at < size; at += MIB) {
    const head = Buffer.alloc(24);
    id.copy(head);
    head.writeDoubleBE(at, 16);
    yield head.subarray(0, Math.min(24, size - at));
    yield BLOCK.subarray(24, Math.max(24, Math.min(MIB, size - at)));
  }
}

/** Pushes and pulls images as docker and crane do: one PATCH for each layer, all layers at once, and no second attempt. */
export class ImageTraffic {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  private readonly authorization: string;

  private readonly url: string;
  private readonly pace: (sent: number) => unknown;

  /** @param pace awaited after each block of an upload, with the bytes sent so far. @default - as fast as it goes */
  constructor(
    url: string,
    user: { readonly name: string; readonly password: string },
    pace: (sent: number) => unknown = () => {},
  ) {
    this.url = url;
    this.pace = pace;
    this.authorization = `Basic ${Buffer.from(`${user.name}:${user.password}`).toString("base64")}`;
  }

  /** @throws Error when any request is not answered as it should be */
  public async push(repository: string, layers: readonly Layer[]): Promise<void> {
    const config = { digest: digestOf(CONFIG), size: CONFIG.length };
    await Promise.all([
      this.upload(repository, config.digest, [CONFIG], config.size),
      ...layers.map((layer) => this.upload(repository, layer.digest, blocksOf(layer), layer.size)),
    ]);
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST,
        config: { mediaType: "application/vnd.oci.image.config.v1+json", ...config },
        layers: layers.map(({ digest, size }) => ({
          mediaType: "application/vnd.oci.image.layer.v1.tar",
          digest,
          size,
        })),
      }),
    );
    const headers = { "content-type": MANIFEST, "content-length": manifest.length };
    await this.call("PUT", `/v2/${repository}/manifests/latest`, 201, headers, [manifest]);
  }

  /** Pulls an image and compares every layer with its digest. @returns the bytes that came */
  public async pull(repository: string): Promise<number> {
    const answer = await this.call("GET", `/v2/${repository}/manifests/latest`, 200, { accept: MANIFEST });
    const { layers } = JSON.parse(await textOf(answer)) as { layers: { digest: string }[] };
    const sizes = await Promise.all(layers.map(({ digest }) => this.pullBlob(repository, digest)));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  public close(): void {
    this.agent.destroy();
  }

  private async upload(repository: string, digest: string, content: Iterable<Buffer>, size: number): Promise<void> {
    const known = await this.call("HEAD", `/v2/${repository}/blobs/${digest}`, [200, 404]);
    if (known.statusCode === 200) return;
    const begun = await this.call("POST", `/v2/${repository}/blobs/uploads/`, 202, { "content-length": 0 });
    const headers = { "content-type": "application/octet-stream", "content-length": size };
    const sent = await this.call("PATCH", begun.headers.location ?? "", 202, headers, content);
    const end = new URL(sent.headers.location ?? "", this.url);
    end.searchParams.set("digest", digest);
    await this.call("PUT", end.href, 201, { "content-length": 0 });
  }

  private async *paced(body: Iterable<Buffer>): AsyncGenerator<Buffer> {
    let sent = 0;
    for (const block of body) {
      yield block;
      sent += block.length;
      await this.pace(sent);
    }
  }

  private async pullBlob(repository: string, digest: string): Promise<number> {
    const answer = await this.call("GET", `/v2/${repository}/blobs/${digest}`, 200);
    const hash = createHash("sha256");
    let size = 0;
    for await (const chunk of answer) {
      hash.update(chunk);
      size += chunk.length;
    }
    if (`sha256:${hash.digest("hex")}` !== digest) throw new Error(`${digest} came back as something else`);
    return size;
  }

  /** A question that was put to a server which was just closing an idle connection is put again, as Go's client, and so docker and crane, do. */
  private async call(...question: Parameters<ImageTraffic["once"]>): Promise<IncomingMessage> {
    const [method] = question;
    for (;;) {
      try {
        return await this.once(...question);
      } catch (error) {
        if (!(error instanceof ClosedWhenIdle && ["GET", "HEAD"].includes(method))) throw error;
      }
    }
  }

  private async once(
    method: string,
    path: string,
    wanted: number | readonly number[],
    headers: OutgoingHttpHeaders = {},
    body: Iterable<Buffer> = [],
  ): Promise<IncomingMessage> {
    const asked = request(new URL(path, this.url), {
      method,
      agent: this.agent,
      headers: { authorization: this.authorization, ...headers },
    });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      // A connection that is cut may be told of more than once.
      asked.once("response", resolve).on("error", (error: NodeJS.ErrnoException) => {
        const isIdle = asked.reusedSocket && ["ECONNRESET", "EPIPE"].includes(error.code ?? "");
        reject(isIdle ? new ClosedWhenIdle(`${method} ${path.slice(0, 90)}: ${error.message}`) : error);
      });
      asked.setTimeout(PATIENCE_MS, () =>
        asked.destroy(new Error(`${method} ${path.slice(0, 90)}: nothing for a minute`)),
      );
    });
    // An answer that comes before the whole body went out is what the caller must hear of.
    const [answer] = await Promise.all([answered, pipeline(Readable.from(this.paced(body)), asked).catch(() => {})]);
    const { statusCode = 0 } = answer;
    if (![wanted].flat().includes(statusCode))
      throw new Error(`${method} ${path.slice(0, 90)}: ${statusCode} ${await textOf(answer)}`);
    if (method !== "GET") answer.resume();
    return answer;
  }
}

/** A connection that had been used before was closed without any answer. */
class ClosedWhenIdle extends Error {}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of answer.setEncoding("utf8")) text += chunk;
  return text;
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
