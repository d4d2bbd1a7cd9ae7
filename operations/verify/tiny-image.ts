import { createHash, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { tarOf } from "../docker/tar";
import { OCI_MANIFEST } from "../registry/media-types";

export interface Blob {
  readonly bytes: Buffer;
  readonly digest: string;
}

/** An image of one file with random content, so that nothing of it can be in the registry yet. */
export interface TinyImage {
  readonly layer: Blob;
  readonly config: Blob;
  readonly manifest: Blob;
}

export function tinyImage(): TinyImage {
  const tar = tarOf([{ path: "private-registry-verify", content: randomBytes(512) }]);
  const layer = blob(gzipSync(tar));
  const config = blob(
    JSON.stringify({
      architecture: "amd64",
      os: "linux",
      config: {},
      rootfs: { type: "layers", diff_ids: [digestOf(tar)] },
    }),
  );
  const descriptor = (mediaType: string, { bytes, digest }: Blob) => ({ mediaType, size: bytes.length, digest });
  const manifest = blob(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: descriptor("application/vnd.oci.image.config.v1+json", config),
      layers: [descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer)],
    }),
  );
  return { layer, config, manifest };
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function blob(content: string | Buffer): Blob {
  const bytes = Buffer.from(content);
  return { bytes, digest: digestOf(bytes) };
}
