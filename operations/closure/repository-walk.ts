import { createHash, getHashes } from "node:crypto";
import { mapAtOnce } from "../storage/slots";
import type { Missing, ReadObject } from "./closure";
import { blobKey, type Digest, type Inventory, type RepositoryLinks } from "./inventory";
import { type Manifest, type Reference, readManifest } from "./manifest";

/** Manifests read at the same time; the storage's client has a limit of its own, this bounds the memory. */
export const READS = 32;

/** Reads each manifest once, whichever repositories have it. */
export class ManifestReader {
  private readonly found = new Map<Digest, Promise<Manifest | "absent" | "damaged">>();
  private readonly inventory: Inventory;
  private readonly readObject: ReadObject;
  private readonly root: string;

  constructor(inventory: Inventory, readObject: ReadObject, root: string) {
    this.inventory = inventory;
    this.readObject = readObject;
    this.root = root;
  }

  public read(digest: Digest): Promise<Manifest | "absent" | "damaged"> {
    const known = this.found.get(digest) ?? this.fetch(digest);
    this.found.set(digest, known);
    return known;
  }

  private async fetch(digest: Digest): Promise<Manifest | "absent" | "damaged"> {
    if (!this.inventory.blobs.has(digest)) return "absent";
    const content = await this.readObject(`${this.root}${blobKey(digest)}`);
    if (!content) return "absent";
    return isOf(content, digest) ? (readManifest(content) ?? "damaged") : "damaged";
  }
}

function isOf(content: Buffer, digest: Digest): boolean {
  const [algorithm = "", hex] = digest.split(":");
  return getHashes().includes(algorithm) && createHash(algorithm).update(content).digest("hex") === hex;
}

/** The way through one repository. */
export class RepositoryWalk {
  public readonly manifests = new Set<Digest>();
  public readonly layers = new Set<Digest>();
  /** What is wrong, and for which roots. */
  private readonly wrong = new Map<string, { readonly found: Missing; readonly tags: Set<string> }>();
  public readonly repository: string;
  public readonly links: RepositoryLinks;
  private readonly inventory: Inventory;
  private readonly reader: ManifestReader;

  constructor(repository: string, links: RepositoryLinks, inventory: Inventory, reader: ManifestReader) {
    this.repository = repository;
    this.links = links;
    this.inventory = inventory;
    this.reader = reader;
  }

  /** Everything that a manifest needs. @param name the tag, for what is missing @returns the bytes of it */
  public async from(start: Digest, name: string): Promise<number> {
    const seen = new Set<Digest>([start]);
    for (let level: Digest[] = [start]; level.length > 0; ) {
      const next: Digest[] = [];
      await mapAtOnce(READS, level, async (digest) => {
        for (const reference of await this.visit(digest, name)) {
          if (seen.has(reference.digest)) continue;
          seen.add(reference.digest);
          if (this.isManifest(reference)) next.push(reference.digest);
        }
      });
      level = next;
    }
    return [...seen].reduce((sum, digest) => sum + (this.inventory.blobs.get(digest)?.bytes ?? 0), 0);
  }

  /** Manifests without a tag that belong to reached ones, and to those in turn. */
  public async whatBelongsToIt(): Promise<void> {
    const rest = [...this.links.revisions.keys()].filter((digest) => !this.manifests.has(digest));
    const subjects = new Map<Digest, Digest>();
    await mapAtOnce(READS, rest, async (digest) => {
      const manifest = await this.reader.read(digest);
      if (typeof manifest !== "string" && manifest.subject) subjects.set(digest, manifest.subject);
    });
    for (let grows = true; grows; ) {
      grows = false;
      for (const [digest, subject] of subjects) {
        if (!this.manifests.has(subject) || this.manifests.has(digest)) continue;
        await this.from(digest, digest);
        grows = true;
      }
    }
  }

  public missing(): Missing[] {
    return [...this.wrong.values()].map(({ found, tags }) => ({ ...found, tags: [...tags].sort() }));
  }

  private isManifest({ digest, kind }: Reference): boolean {
    return kind === "manifest" || this.links.revisions.has(digest);
  }

  private async visit(digest: Digest, name: string): Promise<readonly Reference[]> {
    this.manifests.add(digest);
    if (!this.links.revisions.has(digest)) this.report(digest, "link to a manifest", name);
    const manifest = await this.reader.read(digest);
    if (manifest === "absent") this.report(digest, "blob", name);
    if (manifest === "damaged") this.report(digest, "damaged manifest", name);
    if (typeof manifest === "string") return [];
    const here = this.withoutPlatformsElsewhere(manifest.references);
    for (const reference of here) if (!this.isManifest(reference)) this.take(reference, name);
    return here;
  }

  /**
   * An index may name platforms that were never pushed, where Distribution takes such (`validation.manifests.indexes.platforms`):
   * of those there is neither a link nor content, and others of the index are here.
   */
  private withoutPlatformsElsewhere(references: readonly Reference[]): readonly Reference[] {
    const isHere = ({ digest }: Reference) => this.links.revisions.has(digest) || this.inventory.blobs.has(digest);
    const manifests = references.filter(({ kind }) => kind === "manifest");
    if (!manifests.some(isHere)) return references;
    return references.filter((one) => one.kind !== "manifest" || isHere(one));
  }

  private take({ digest, kind, bytes, isForeign }: Reference, name: string): void {
    const [blob, link] = [this.inventory.blobs.get(digest), this.links.layers.get(digest)];
    this.layers.add(digest);
    // What is only perhaps a reference, or may be elsewhere, is not missed.
    if (isForeign || (kind === undefined && !link)) return;
    if (!blob) this.report(digest, "blob", name);
    else if (bytes !== undefined && bytes !== blob.bytes) this.report(digest, "size", name);
    if (!link) this.report(digest, "link to a layer", name);
  }

  private report(digest: Digest, what: Missing["what"], name: string): void {
    const key = `${what} ${digest}`;
    const known = this.wrong.get(key) ?? {
      found: { digest, repository: this.repository, what, tags: [] },
      tags: new Set<string>(),
    };
    known.tags.add(name);
    this.wrong.set(key, known);
  }
}
