import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { json } from "node:stream/consumers";
import type { Environment } from "../../config";
import { RegistryImages } from "../../constructs/images";
import { watchersOf } from "../../constructs/monitoring/options";
import { ImageReference } from "../../constructs/values/image-reference";
import { storageServer } from "../../stacks";
import { rcloneImage } from "../backup/image";
import { Failure } from "../failure";
import { OCI_INDEX, OCI_MANIFEST } from "../registry/media-types";
import { type BundledImage, blobPath, blobsOf, childrenFor, type Descriptor, type Manifest } from "./contents";
import { type RemoteOptions, RemoteRepository } from "./remote";

/** An image that an environment needs. */
export interface NeededImage {
  readonly role: string;
  /** Without the environment's mirror. */
  readonly base: ImageReference;
  /** What Docker is asked for. */
  readonly reference: ImageReference;
}

/** What an environment runs, and what copies its backups. @param rclone another image of rclone; nothing: without it */
export function neededImages(environment: Environment, rclone: string | undefined = RCLONE()): NeededImage[] {
  const { access, monitoring, ui } = environment;
  const { mirror, ...images } = environment.images;
  const own = new RegistryImages(images);
  const server = storageServer({ ...environment, images });
  const need = (role: string, base: ImageReference): NeededImage => {
    const reference = mirror ? base.withMirror(mirror) : base;
    return { role, base, reference };
  };
  return [
    need("distribution", own.distribution),
    ...(server ? [need(server.noun, server.image)] : []),
    ...watchersOf(monitoring).map((noun) => need(noun, own[noun])),
    ...(ui ? [need("ui", own.ui)] : []),
    ...(access ? [need("tokenServer", own.tokenServer)] : []),
    ...(rclone === "" ? [] : [need("rclone", ImageReference.parse(rclone, "images.rclone"))]),
  ];
}

const RCLONE = () => rcloneImage({ images: {} });

/** An image as it will lie in a bundle. */
export interface FetchedImage extends BundledImage {
  readonly root: Descriptor;
  /** Manifests, whole: small, and what says which layers there are. */
  readonly manifests: ReadonlyMap<string, Buffer>;
  /** Configurations and layers. */
  readonly blobs: readonly Descriptor[];
  readonly from: RemoteRepository;
}

/** Bytes of an image that will be downloaded. */
export const sizeOf = ({ blobs }: Pick<FetchedImage, "blobs">) => blobs.reduce((sum, { size }) => sum + size, 0);

/** Images of a list, one a line. @throws Failure when it cannot be read */
export function readImageList(file: string): string[] {
  try {
    const lines = readFileSync(file, "utf8").split("\n");
    return lines.map((line) => line.replace(/#.*/, "").trim()).filter((line) => line !== "");
  } catch (error) {
    throw new Failure(
      `${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`,
      "give a file with one image a line",
    );
  }
}

export interface FindOptions {
  readonly environments: readonly Environment[];
  /** As `linux/amd64`. */
  readonly platforms: readonly string[];
  /** Take everything that an index names. @default false */
  readonly allPlatforms?: boolean;
  /** Another image of rclone; an empty one: none. @default - the one that `backup` uses */
  readonly rclone?: string;
  /** Further images, for registries. @default - none */
  readonly images?: readonly string[];
  readonly remote: RemoteOptions;
  readonly onFound: (image: FetchedImage) => void;
}

/** Every image of some environments and of a list once, with the manifests of the wanted platforms. @throws Failure */
export async function findImages(options: FindOptions): Promise<FetchedImage[]> {
  const { environments, rclone, images = [], onFound } = options;
  const wanted = new Map<string, NeededImage & { environments: string[] }>();
  for (const environment of environments) {
    for (const image of neededImages(environment, rclone)) {
      const key = `${image.role} ${image.reference}`;
      const known = wanted.get(key) ?? { ...image, environments: [] };
      known.environments.push(environment.name);
      wanted.set(key, known);
    }
  }
  for (const text of images) {
    const base = ImageReference.parse(text, "--image");
    wanted.set(`image ${base}`, { role: "image", base, reference: base, environments: [] });
  }
  const found: FetchedImage[] = [];
  for (const [, image] of [...wanted].sort(([a], [b]) => (a < b ? -1 : 1))) {
    found.push(await fetchManifests(image, options));
    onFound(found.at(-1) as FetchedImage);
  }
  return found;
}

async function fetchManifests(
  { role, base, reference, environments }: NeededImage & { environments: readonly string[] },
  { platforms, allPlatforms, remote }: FindOptions,
): Promise<FetchedImage> {
  const from = new RemoteRepository(reference, remote);
  const manifests = new Map<string, Buffer>();
  const fetch = async (digest: string | undefined, by = digest) => {
    const content = await from.manifest(by ?? "");
    const real = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    if (digest && digest !== real)
      throw new Failure(`${reference} has other content: expected ${digest}, got ${real}`, NOT_THE_SAME);
    manifests.set(real, content);
    return { digest: real, content, manifest: JSON.parse(content.toString()) as Manifest };
  };
  const top = await fetch(reference.digest, reference.digest ?? reference.tag);
  refuseUnpublished(reference, await platformsOf(top.manifest, from), platforms);
  const blobs = new Map<string, Descriptor>();
  const waiting = [top.manifest];
  for (let manifest = waiting.shift(); manifest; manifest = waiting.shift()) {
    for (const blob of blobsOf(manifest)) blobs.set(blob.digest, blob);
    const children = allPlatforms ? (manifest.manifests ?? []) : childrenFor(manifest, platforms);
    for (const { digest } of children) if (!manifests.has(digest)) waiting.push((await fetch(digest)).manifest);
  }
  const large = [...blobs.values()].find(({ size }) => size > LARGEST);
  if (large) throw tooLarge(reference, large);
  const mediaType = top.manifest.mediaType ?? (top.manifest.manifests ? OCI_INDEX : OCI_MANIFEST);
  const root = { mediaType, digest: top.digest, size: top.content.length };
  return {
    ...{ name: base.toString(), digest: top.digest, role, environments },
    ...{ root, manifests, blobs: [...blobs.values()], from },
  };
}

/** What an image is published for. @returns nothing for an artifact, which runs nowhere */
async function platformsOf({ manifests, config }: Manifest, from: RemoteRepository): Promise<string[]> {
  const named = ({ os, architecture }: { os?: string; architecture?: string } = {}) => `${os}/${architecture}`;
  if (manifests) return [...new Set(manifests.map(({ platform }) => named(platform)))];
  if (!config || !IMAGE_CONFIGURATION.test(config.mediaType)) return [];
  return [named((await json(verifiedBlob(from, config))) as Descriptor["platform"])];
}

const IMAGE_CONFIGURATION = /^application\/vnd\.(docker\.container\.image\.v1|oci\.image\.config\.v1)\+json$/;

function refuseUnpublished(
  reference: ImageReference,
  published: readonly string[],
  platforms: readonly string[],
): void {
  const missing = platforms.find((platform) => !published.includes(platform));
  if (missing === undefined || published.length === 0) return;
  throw new Failure(`${reference} is not published for ${missing}`, `it is for ${published.join(", ")}`);
}

const NOT_THE_SAME = "ask another registry or mirror: images.mirror in the environment file";

/** A tar archive's files have sizes of eleven octal digits. */
const LARGEST = 8 ** 11 - 1;

const tooLarge = (reference: ImageReference, { digest, size }: Descriptor) =>
  new Failure(
    `${reference} has a layer of ${size} bytes (${digest}); a bundle takes files of 8 GiB at most`,
    "leave it out, or build the image with smaller layers",
  );

/** A blob's bytes, as long as they are what its digest says. @throws Failure at the end when they are not */
export async function* verifiedBlob(from: RemoteRepository, { digest, size }: Descriptor): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let seen = 0;
  for await (const piece of from.blob(digest)) {
    seen += piece.length;
    if (seen > size) break;
    hash.update(piece);
    yield piece;
  }
  const real = `sha256:${hash.digest("hex")}`;
  if (seen !== size || real !== digest)
    throw new Failure(`${blobPath(digest)} arrived damaged: ${seen} of ${size} bytes, ${real}`, NOT_THE_SAME);
}
