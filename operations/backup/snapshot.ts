import { z } from "zod";
import { blobKey } from "../closure/inventory";
import { Failure } from "../failure";

const digest = z.string().regex(/^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-f]{32,}$/);

const repository = z.strictObject({
  /** Digests of manifests. */
  revisions: z.array(digest),
  layers: z.array(digest),
  // No map: `__proto__` is a name that a tag may have.
  tags: z.array(
    z.strictObject({
      name: z.string(),
      digest,
      /** When it was last pushed: a copy's own time is that of the copying. */
      pushed: z.iso.datetime(),
      /** What it pointed to, before too. */
      history: z.array(digest),
    }),
  ),
});

const snapshotSchema = z.strictObject({
  version: z.literal(1),
  environment: z.string(),
  /** When the links were read: what was pushed later is not in it. */
  taken: z.iso.datetime(),
  finished: z.iso.datetime(),
  /** What the source itself has lost; a snapshot without any is whole. */
  missing: z.array(z.strictObject({ digest, reason: z.string(), neededBy: z.array(z.string()) })),
  /** Sizes of all that it needs of the pool. */
  blobs: z.record(digest, z.number().int().nonnegative()),
  repositories: z.record(z.string(), repository),
});

/** A registry at one moment: what it links to, and what of the pool that needs. */
export type Snapshot = z.infer<typeof snapshotSchema>;
export type SnapshotRepository = z.infer<typeof repository>;

/** @throws Failure for a text that is none */
export function parseSnapshot(text: string, name: string): Snapshot {
  try {
    return snapshotSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new Failure(
      `The snapshot ${name} cannot be read`,
      "choose another one with --snapshot",
      error instanceof z.ZodError ? z.prettifyError(error) : String(error),
    );
  }
}

/** `2026-11-26T18-05-01Z`: sorts by time, and is a file's name everywhere. */
export function snapshotName(taken: Date): string {
  return taken.toISOString().replace(/\.\d+/, "").replaceAll(":", "-");
}

export const isWhole = ({ missing }: Pick<Snapshot, "missing">): boolean => missing.length === 0;

/** Where a blob is, in the pool as in the registry, below `blobs/`. */
export function blobPath(of: string): string {
  return blobKey(of).slice("blobs/".length);
}

/** The digest that a path below `blobs/` stands for; none: it is something else. */
export function digestOfBlob(path: string): string | undefined {
  const [, algorithm, start, hex] = /^([a-z0-9]+)\/([0-9a-f]{2})\/([0-9a-f]{32,})\/data$/.exec(path) ?? [];
  return hex?.startsWith(start ?? "-") ? `${algorithm}:${hex}` : undefined;
}

/** A link of a repository, and what it holds. */
export interface SnapshotLink {
  readonly kind: "layers" | "revisions" | "index";
  /** Below `repositories/`. */
  readonly path: string;
  readonly digest: string;
  /** Of a tag's link. */
  readonly tag?: string;
}

/** Every link of a repository: manifests and layers first, then what each tag was and is; `tags` come last. */
export function linksOf(name: string, { revisions, layers, tags }: SnapshotRepository) {
  const path = (folder: string, digest: string) => `${name}/${folder}/${digest.replace(":", "/")}/link`;
  const links: SnapshotLink[] = [
    ...layers.map((digest) => ({ kind: "layers" as const, digest, path: path("_layers", digest) })),
    ...revisions.map((digest) => ({ kind: "revisions" as const, digest, path: path("_manifests/revisions", digest) })),
    ...tags.flatMap(({ name: tag, digest: current, history }) =>
      [...new Set([...history, current])].map((digest) => ({
        ...{ kind: "index" as const, digest, tag },
        path: path(`_manifests/tags/${tag}/index`, digest),
      })),
    ),
  ];
  const current = tags.map(({ name: tag, digest }) => ({
    ...{ digest, tag },
    path: `${name}/_manifests/tags/${tag}/current/link`,
  }));
  return { links, tags: current };
}
