import { createHash, randomBytes } from "node:crypto";
import { header, type RegistryClient } from "../../operations/registry/client";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

export const digestOf = (content: Uint8Array): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

interface Images {
  readonly repository: string;
  readonly images: number;
  /** Of each image, of random bytes. */
  readonly layers: number;
  readonly bytes: number;
}

/** Pushes images of random layers, tagged v0, v1, …; `repository@digest` of those that arrived before the signal. */
export async function pushImages(client: RegistryClient, what: Images, until?: AbortSignal): Promise<string[]> {
  const { repository, images, layers, bytes } = what;
  const pushed: string[] = [];
  for (let n = 0; n < images && !until?.aborted; n++) {
    const descriptors = [];
    for (let layer = 0; layer < layers; layer++)
      descriptors.push(await pushBlob(client, repository, randomBytes(bytes)));
    const config = await pushBlob(client, repository, Buffer.from(JSON.stringify({ n, random: Math.random() })));
    const manifest = { schemaVersion: 2, mediaType: MANIFEST, config, layers: descriptors };
    const body = Buffer.from(JSON.stringify(manifest));
    const headers = { "content-type": MANIFEST };
    const { status } = await client.request("PUT", `/v2/${repository}/manifests/v${n}`, { headers, body });
    if (status !== 201) throw new Error(`manifest: HTTP ${status}`);
    pushed.push(`${repository}@${digestOf(body)}`);
  }
  return pushed;
}

export async function pushBlob(client: RegistryClient, repository: string, body: Buffer) {
  const digest = digestOf(body);
  const begun = await client.request("POST", `/v2/${repository}/blobs/uploads/`);
  const location = new URL(header(begun, "location") ?? "", begun.url);
  location.searchParams.set("digest", digest);
  const headers = { "content-type": "application/octet-stream" };
  const { status } = await client.request("PUT", location.href, { headers, body });
  if (status !== 201) throw new Error(`blob: HTTP ${status}`);
  return { mediaType: "application/octet-stream", digest, size: body.length };
}
