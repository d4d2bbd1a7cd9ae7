import { randomBytes } from "node:crypto";
import { header, type RegistryClient } from "../../../operations/registry/client";
import { OCI_INDEX, OCI_MANIFEST } from "../../../operations/registry/media-types";
import { digestOf } from "../../../operations/verify/tiny-image";

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

interface TeamImage {
  /** `amd64`, or `arm64/v8`; several make an index. */
  readonly platforms: readonly string[];
  readonly layerKb: readonly number[];
  readonly daysOld: number;
}

/** Pushes images as build servers push them: layers, configuration with its history, manifest, and an index over platforms. */
export class TeamImages {
  private readonly client: RegistryClient;

  constructor(client: RegistryClient) {
    this.client = client;
  }

  /** @returns what the tags name */
  public async push(repository: string, tags: readonly string[], image: TeamImage): Promise<Descriptor> {
    const created = new Date(Date.now() - image.daysOld * 86_400_000).toISOString();
    const layers: Descriptor[] = [];
    for (const kb of image.layerKb)
      layers.push(await this.blob(repository, randomBytes(kb * 1024), "application/vnd.oci.image.layer.v1.tar+gzip"));
    const manifests = [];
    for (const one of image.platforms) {
      const [architecture, variant] = one.split("/");
      const history = layers.map((_, n) => ({ created, created_by: n === 0 ? "ADD rootfs.tar.gz /" : "COPY . /app" }));
      const platform = { os: "linux", architecture, ...(variant && { variant }) };
      const config = { ...platform, created, config: { Cmd: ["/app/server"] }, rootfs: { type: "layers" }, history };
      manifests.push({ ...(await this.manifest(repository, config, layers)), platform });
    }
    const [first] = manifests;
    if (first && manifests.length === 1) {
      for (const tag of tags) await this.put(repository, tag, OCI_MANIFEST, first.body);
      return first;
    }
    const index = manifests.map(({ body: _, ...one }) => one);
    const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: index }));
    for (const tag of tags) await this.put(repository, tag, OCI_INDEX, body);
    return { mediaType: OCI_INDEX, digest: digestOf(body), size: body.length };
  }

  private async manifest(repository: string, json: object, layers: readonly Descriptor[]) {
    const type = "application/vnd.oci.image.config.v1+json";
    const config = await this.blob(repository, Buffer.from(JSON.stringify(json)), type);
    const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers }));
    await this.put(repository, digestOf(body), OCI_MANIFEST, body);
    return { mediaType: OCI_MANIFEST, digest: digestOf(body), size: body.length, body };
  }

  private async put(repository: string, reference: string, mediaType: string, body: Buffer): Promise<void> {
    const headers = { "content-type": mediaType };
    const { status } = await this.client.request("PUT", `/v2/${repository}/manifests/${reference}`, { headers, body });
    if (status !== 201) throw new Error(`manifest ${repository} ${reference}: HTTP ${status}`);
  }

  private async blob(repository: string, body: Buffer, mediaType: string): Promise<Descriptor> {
    const begun = await this.client.request("POST", `/v2/${repository}/blobs/uploads/`);
    const location = new URL(header(begun, "location") ?? "", begun.url);
    location.searchParams.set("digest", digestOf(body));
    const headers = { "content-type": "application/octet-stream" };
    // The host in it may be a proxy's name, which leads nowhere here.
    const { status } = await this.client.request("PUT", location.pathname + location.search, { headers, body });
    if (status !== 201) throw new Error(`blob of ${repository}: HTTP ${status}`);
    return { mediaType, digest: digestOf(body), size: body.length };
  }
}
