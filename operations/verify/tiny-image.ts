import { createHash, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";

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

export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

export function tinyImage(): TinyImage {
  const tar = tarOf("private-registry-verify", randomBytes(512));
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
      mediaType: MANIFEST_TYPE,
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

/** A tar archive (ustar) of one file. */
function tarOf(name: string, content: Buffer): Buffer {
  const head = Buffer.alloc(512);
  const write = (text: string, offset: number) => head.write(text, offset, "latin1");
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  write(name, 0);
  write("0000444\0", 100);
  write("0000000\0", 108);
  write("0000000\0", 116);
  write(`${octal(content.length, 11)}\0`, 124);
  write(`${octal(0, 11)}\0`, 136);
  write("        ", 148);
  write("0", 156);
  write("ustar\x0000", 257);
  const sum = head.reduce((total, byte) => total + byte, 0);
  write(`${octal(sum, 6)}\0 `, 148);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([head, content, padding, Buffer.alloc(1024)]);
}
