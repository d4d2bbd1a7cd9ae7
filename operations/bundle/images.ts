import { createHash } from "node:crypto";
import type { Environment } from "../../config";
import { RegistryImages } from "../../constructs/images";
import { ImageReference } from "../../constructs/values/image-reference";
import { rcloneImage } from "../backup/image";
import { Failure } from "../failure";
import { OCI_INDEX, OCI_MANIFEST } from "../registry/media-types";
import { type BundledImage, blobPath, childrenFor, type Descriptor, type Manifest, type Role } from "./contents";
import { type RemoteOptions, RemoteRepository } from "./remote";

/** An image that an environment needs. */
export interface NeededImage {
  readonly role: Role;
  /** Without the environment's mirror. */
  readonly base: ImageReference;
  /** What Docker is asked for. */
  readonly reference: ImageReference;
}

/** What an environment runs, and what copies its backups. @param rclone another image of rclone; nothing: without it */
export function neededImages(environment: Environment, rclone: string | undefined = RCLONE()): NeededImage[] {
  const { images, storage, monitoring, ui } = environment;
  const own = new RegistryImages({ ...images, mirror: undefined });
  const need = (role: Role, base: ImageReference): NeededImage => {
    const reference = images.mirror ? base.withMirror(images.mirror) : base;
    return { role, base, reference };
  };
  return [
    need("distribution", own.distribution),
    ...(storage.rustfs ? [need("rustfs", own.rustfs)] : []),
    ...(monitoring.prometheus ? [need("prometheus", own.prometheus)] : []),
    ...(ui ? [need("ui", own.ui)] : []),
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

/** Every image of some environments once, with the manifests of the wanted platforms. @throws Failure */
export async function findImages(
  environments: readonly Environment[],
  platforms: readonly string[],
  rclone: string | undefined,
  options: RemoteOptions,
  onFound: (image: FetchedImage) => void,
): Promise<FetchedImage[]> {
  const wanted = new Map<string, NeededImage & { environments: string[] }>();
  for (const environment of environments) {
    for (const image of neededImages(environment, rclone)) {
      const key = `${image.role} ${image.reference}`;
      const known = wanted.get(key) ?? { ...image, environments: [] };
      known.environments.push(environment.name);
      wanted.set(key, known);
    }
  }
  const found: FetchedImage[] = [];
  for (const [, image] of [...wanted].sort(([a], [b]) => (a < b ? -1 : 1))) {
    found.push(await fetchManifests(image, platforms, options));
    onFound(found.at(-1) as FetchedImage);
  }
  return found;
}

async function fetchManifests(
  { role, base, reference, environments }: NeededImage & { environments: readonly string[] },
  platforms: readonly string[],
  options: RemoteOptions,
): Promise<FetchedImage> {
  const from = new RemoteRepository(reference, options);
  const manifests = new Map<string, Buffer>();
  const fetch = async (digest: string | undefined, by = digest) => {
    const content = await from.manifest(by ?? "");
    const real = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    if (digest && digest !== real)
      throw new Failure(`${reference} is not what was asked for: ${digest} was to come, ${real} came`, NOT_THE_SAME);
    manifests.set(real, content);
    return { digest: real, content, manifest: JSON.parse(content.toString()) as Manifest };
  };
  const top = await fetch(reference.digest, reference.digest ?? reference.tag);
  const children = top.manifest.manifests ? childrenFor(top.manifest, platforms) : [];
  for (const platform of top.manifest.manifests ? platforms : []) {
    if (childrenFor(top.manifest, [platform]).length > 0) continue;
    const there = (top.manifest.manifests ?? []).map((one) => `${one.platform?.os}/${one.platform?.architecture}`);
    throw new Failure(`${reference} is not published for ${platform}`, `it is for ${[...new Set(there)].join(", ")}`);
  }
  const blobs = new Map<string, Descriptor>();
  for (const { manifest } of [top, ...(await all(children, ({ digest }) => fetch(digest)))])
    for (const blob of manifest.config ? [manifest.config, ...(manifest.layers ?? [])] : [])
      blobs.set(blob.digest, blob);
  const mediaType = top.manifest.mediaType ?? (top.manifest.manifests ? OCI_INDEX : OCI_MANIFEST);
  const root = { mediaType, digest: top.digest, size: top.content.length };
  return {
    ...{ name: base.toString(), digest: top.digest, role, environments },
    ...{ root, manifests, blobs: [...blobs.values()], from },
  };
}

const NOT_THE_SAME = "ask another registry or mirror: images.mirror in the environment file";

async function all<T, R>(values: readonly T[], work: (value: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const value of values) results.push(await work(value));
  return results;
}

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
