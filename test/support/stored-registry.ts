import { createHash } from "node:crypto";
import { blobKey, type Digest, type Inventory, takeInventory } from "../../operations/closure/inventory";
import type { StoredObject } from "../../operations/storage/answers";

export const ROOT = "docker/registry/v2/";

export const digestOf = (content: string | Buffer): Digest =>
  `sha256:${createHash("sha256").update(content).digest("hex")}`;

interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

const OCI = "application/vnd.oci.image";

/** A registry's objects, as Distribution writes them, in a map. */
export class StoredRegistry {
  public readonly objects = new Map<string, { content: string; modified: number }>();

  /** A layer or a configuration, in the blobs and in one repository. */
  public blob(repository: string, content: string): Descriptor {
    const digest = digestOf(content);
    this.set(blobKey(digest), content);
    this.set(this.layerLink(repository, digest), digest);
    return { mediaType: `${OCI}.layer.v1.tar+gzip`, digest, size: content.length };
  }

  public manifest(repository: string, json: object): Descriptor {
    const content = JSON.stringify({ schemaVersion: 2, mediaType: `${OCI}.manifest.v1+json`, ...json });
    const digest = digestOf(content);
    this.set(blobKey(digest), content);
    this.set(this.revisionLink(repository, digest), digest);
    return { mediaType: `${OCI}.manifest.v1+json`, digest, size: content.length };
  }

  /** A manifest with layers of these contents. */
  public image(repository: string, layers: readonly string[], more: object = {}): Descriptor {
    const config = this.blob(repository, `config of ${layers.join()}`);
    return this.manifest(repository, { config, layers: layers.map((one) => this.blob(repository, one)), ...more });
  }

  public index(repository: string, manifests: readonly Descriptor[], more: object = {}): Descriptor {
    return this.manifest(repository, { mediaType: `${OCI}.index.v1+json`, manifests, ...more });
  }

  public tag(repository: string, name: string, { digest }: { digest: Digest }, modified = 0): void {
    const folder = `repositories/${repository}/_manifests/tags/${name}`;
    this.set(`${folder}/index/${digest.replace(":", "/")}/link`, digest, modified);
    this.set(`${folder}/current/link`, digest, modified);
  }

  public layerLink(repository: string, digest: Digest): string {
    return `repositories/${repository}/_layers/${digest.replace(":", "/")}/link`;
  }

  public revisionLink(repository: string, digest: Digest): string {
    return `repositories/${repository}/_manifests/revisions/${digest.replace(":", "/")}/link`;
  }

  public set(key: string, content: string, modified = 0): void {
    this.objects.set(ROOT + key, { content, modified });
  }

  public remove(key: string): void {
    if (!this.objects.delete(ROOT + key)) throw new Error(`no object ${key}`);
  }

  public has(key: string): boolean {
    return this.objects.has(ROOT + key);
  }

  public text(key: string): string | undefined {
    return this.objects.get(ROOT + key)?.content;
  }

  public inventory(): Inventory {
    const objects: StoredObject[] = [...this.objects].map(([key, { content, modified }]) => ({
      ...{ key, modified, bytes: Buffer.byteLength(content), etag: "" },
    }));
    return takeInventory(objects, ROOT);
  }

  public readonly read = async (key: string): Promise<Buffer | undefined> => {
    const found = this.objects.get(key);
    return found && Buffer.from(found.content);
  };
}
