import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

const INDEX = "application/vnd.oci.image.index.v1+json";
const CONFIG = "application/vnd.oci.image.config.v1+json";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

export const digestOf = (content: Buffer) => `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** A registry that asks for a token, as Docker Hub does, with one image for two platforms in every repository. */
export class SmallRegistry {
  /** Blobs and manifests, by digest. */
  public readonly content = new Map<string, Buffer>();
  /** `GET` and path of what was asked with a token, and the range. */
  public readonly requests: string[] = [];
  /** Of the index. */
  public readonly digest: string;
  public readonly layers: readonly string[];
  /** Of the manifest for linux/amd64. */
  public readonly amd64: string;
  /** Of a manifest without a configuration. */
  public readonly attestation: string;
  /** Closes the connection after so many bytes of a blob, once. */
  public cutAfter?: number;
  private readonly server: Server;

  constructor() {
    const layers = ["amd64", "arm64"].map((platform) => Buffer.alloc(100_000, platform));
    const children = layers.map((layer, n) => {
      const architecture = n === 0 ? "amd64" : "arm64";
      const config = { ...this.keep(Buffer.from(JSON.stringify({ os: "linux", architecture }))), mediaType: CONFIG };
      const manifest = { schemaVersion: 2, mediaType: MANIFEST, config, layers: [this.keep(layer)] };
      return {
        ...this.keep(Buffer.from(JSON.stringify(manifest))),
        mediaType: MANIFEST,
        platform: { os: "linux", architecture },
      };
    });
    this.amd64 = children[0]?.digest ?? "";
    // The publisher's attestation, which is for no platform.
    const attestation = {
      ...this.keep(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, layers: [] }))),
      mediaType: MANIFEST,
      platform: { os: "unknown", architecture: "unknown" },
    };
    this.attestation = attestation.digest;
    const index = { schemaVersion: 2, mediaType: INDEX, manifests: [...children, attestation] };
    this.digest = this.keep(Buffer.from(JSON.stringify(index))).digest;
    this.layers = layers.map(digestOf);
    this.server = createServer((request, response) => {
      const url = new URL(request.url ?? "", "http://registry");
      if (url.pathname === "/token") {
        response.end(JSON.stringify({ token: `for ${url.searchParams.get("scope")}` }));
        return;
      }
      const [, name, kind, reference = ""] = /^\/v2\/(.+)\/(manifests|blobs)\/(.+)$/.exec(url.pathname) ?? [];
      if (request.headers.authorization !== `Bearer for ${name}`) {
        const realm = `http://127.0.0.1:${this.port}/token`;
        response
          .writeHead(401, { "www-authenticate": `Bearer realm="${realm}",service="small",scope="${name}"` })
          .end();
        return;
      }
      this.requests.push(`${kind} ${reference} ${request.headers.range ?? ""}`.trim());
      const content = this.content.get(kind === "manifests" && reference === "1" ? this.digest : reference);
      if (!content) {
        response.writeHead(404).end();
        return;
      }
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
      const part = content.subarray(from);
      response.writeHead(from > 0 ? 206 : 200, { "content-length": part.length });
      if (kind === "blobs" && this.cutAfter !== undefined && part.length > this.cutAfter) {
        response.write(part.subarray(0, this.cutAfter), () => response.destroy());
        this.cutAfter = undefined;
        return;
      }
      response.end(part);
    });
  }

  public get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  public async listen(): Promise<void> {
    await once(this.server.listen(0, "127.0.0.1"), "listening");
  }

  public close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private keep(content: Buffer) {
    const digest = digestOf(content);
    this.content.set(digest, content);
    return { mediaType: "application/octet-stream", digest, size: content.length };
  }
}
