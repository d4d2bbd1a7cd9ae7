import type { Digest } from "./inventory";

/** Something that a manifest needs. */
export interface Reference {
  readonly digest: Digest;
  /** @default - unknown: it is used to be sure, and not missed */
  readonly kind?: "manifest" | "blob";
  /** What it must measure. @default - not said */
  readonly bytes?: number;
  /** It may be fetched from elsewhere and need not be here. */
  readonly isForeign?: boolean;
}

export interface Manifest {
  readonly mediaType?: string;
  readonly references: readonly Reference[];
  /** What it belongs to: a signature to its image. */
  readonly subject?: Digest;
}

type Json = Readonly<Record<string, unknown>>;

const DIGEST = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-f]{32,}$/;

export function isDigest(text: unknown): text is Digest {
  return typeof text === "string" && DIGEST.test(text);
}

/** What a manifest needs, whatever kind it is; nothing: it is no JSON object. */
export function readManifest(content: Buffer): Manifest | undefined {
  const json = parse(content);
  if (!json) return undefined;
  const { config, layers, manifests, blobs, fsLayers, subject, mediaType } = json;
  const references = [
    ...descriptors([config], "blob"),
    ...descriptors(layers, "blob"),
    ...descriptors(blobs, "blob"),
    ...descriptors(manifests, "manifest"),
    // Docker's schema 1.
    ...list(fsLayers).flatMap(({ blobSum }) => (isDigest(blobSum) ? [{ digest: blobSum, kind: "blob" as const }] : [])),
  ];
  const named = new Set(references.map(({ digest }) => digest));
  const own = (subject as Json | undefined)?.digest;
  // A kind that is not known yet may name what it needs under other keys.
  const others = [...anyDigests(json)].filter((digest) => !named.has(digest) && digest !== own);
  return {
    ...(typeof mediaType === "string" && { mediaType }),
    references: [...references, ...others.map((digest) => ({ digest }))],
    ...(isDigest(own) && { subject: own }),
  };
}

function parse(content: Buffer): Json | undefined {
  try {
    const json: unknown = JSON.parse(content.toString());
    return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as Json) : undefined;
  } catch {
    return undefined;
  }
}

function descriptors(value: unknown, kind: "manifest" | "blob"): Reference[] {
  return list(value).flatMap(({ digest, size, urls }) =>
    isDigest(digest)
      ? [
          {
            digest,
            kind,
            ...(typeof size === "number" && { bytes: size }),
            ...(Array.isArray(urls) && urls.length > 0 && { isForeign: true }),
          },
        ]
      : [],
  );
}

function list(value: unknown): Json[] {
  if (!Array.isArray(value)) return [];
  return value.filter((one): one is Json => typeof one === "object" && one !== null);
}

/** Every `digest` anywhere in it. */
function* anyDigests(value: unknown): Generator<Digest> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === "digest" && isDigest(inner)) yield inner;
    yield* anyDigests(inner);
  }
}
