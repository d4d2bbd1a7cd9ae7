import { createHash } from "node:crypto";
import { Agent, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { sign } from "aws4";
import { blocksOf, type Layer } from "../../support/image-traffic";

/** Distribution's size of a part with our settings. */
const PART_BYTES = 16 * 2 ** 20;

export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * What a push costs in S3 alone: the requests that Distribution makes for a layer (parts one after the other, then one copy to
 * where it stays, then the removal of the upload), all layers at once, with nothing between the client and RustFS.
 */
export class S3Floor {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  private readonly endpoint: URL;
  private readonly bucket: string;
  private readonly keys: S3Keys;

  constructor(endpoint: string, bucket: string, keys: S3Keys) {
    this.endpoint = new URL(endpoint);
    this.bucket = bucket;
    this.keys = keys;
  }

  public async push(prefix: string, layers: readonly Layer[]): Promise<void> {
    await Promise.all(layers.map((layer, n) => this.store(`${prefix}/${n}`, layer)));
  }

  public close(): void {
    this.agent.destroy();
  }

  private async store(key: string, layer: Layer): Promise<void> {
    const begun = await this.call("POST", `${key}/upload?uploads=`);
    const uploadId = /<UploadId>(.+?)<\/UploadId>/.exec(begun.body)?.[1] ?? "";
    const parts: string[] = [];
    for (const part of partsOf(layer)) {
      const { headers } = await this.call(
        "PUT",
        `${key}/upload?partNumber=${parts.length + 1}&uploadId=${encodeURIComponent(uploadId)}`,
        part,
        // As Distribution's SDK sends it over plain HTTP.
        { "content-md5": createHash("md5").update(part).digest("base64") },
      );
      parts.push(`<Part><PartNumber>${parts.length + 1}</PartNumber><ETag>${headers.etag}</ETag></Part>`);
    }
    const complete = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
    await this.call("POST", `${key}/upload?uploadId=${encodeURIComponent(uploadId)}`, Buffer.from(complete));
    await this.call("PUT", `${key}/data`, undefined, { "x-amz-copy-source": `/${this.bucket}/${key}/upload` });
    await this.call("DELETE", `${key}/upload`);
  }

  private async call(method: string, path: string, body?: Buffer, headers: Record<string, string> = {}) {
    const hash = createHash("sha256")
      .update(body ?? "")
      .digest("hex");
    const signed = sign(
      {
        service: "s3",
        region: "us-east-1",
        method,
        host: this.endpoint.host,
        path: `/${this.bucket}/${path}`,
        headers: { ...headers, "x-amz-content-sha256": hash, "content-length": String(body?.length ?? 0) },
      },
      this.keys,
    );
    const { hostname, port } = this.endpoint;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { hostname, port, method, path: signed.path, headers: signed.headers as Record<string, string> };
      request({ ...options, agent: this.agent })
        .once("response", resolve)
        .once("error", reject)
        .end(body);
    });
    const content = await text(answer);
    if ((answer.statusCode ?? 500) >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${content}`);
    return { headers: answer.headers, body: content };
  }
}

function* partsOf(layer: Layer): Generator<Buffer> {
  let part: Buffer[] = [];
  let size = 0;
  for (const block of blocksOf(layer)) {
    part.push(block);
    size += block.length;
    if (size < PART_BYTES) continue;
    yield Buffer.concat(part);
    part = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(part);
}
