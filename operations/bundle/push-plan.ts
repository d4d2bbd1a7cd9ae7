import type { Environment } from "../../config";
import { ImageReference } from "../../constructs/values/image-reference";
import { Failure } from "../failure";
import { OCI_INDEX, OCI_MANIFEST } from "../registry/media-types";
import { RepositoryUpload, type UploadOptions } from "../registry/upload";
import type { Archive } from "./archive";
import { type BundledImage, blobPath, blobsOf, type Descriptor, type Manifest, tagOf } from "./contents";

/** A manifest or an index, and what it is sent as. */
interface SentManifest {
  readonly digest: string;
  readonly mediaType: string;
}

/** An image of a bundle, and what of it a registry lacks. */
export interface PlannedImage {
  readonly image: BundledImage;
  readonly upload: RepositoryUpload;
  readonly tag: string;
  /** Of all that the bundle has of it. */
  readonly bytes: number;
  /** The registry lacks them in this repository. */
  readonly blobs: readonly { readonly digest: string; readonly size: number }[];
  /** Those too, what others name first. */
  readonly manifests: readonly SentManifest[];
  /** Of the index or the one manifest, which the tag is for. */
  readonly root: SentManifest;
  /** What the tag names there. @default - nothing */
  readonly tagged?: string;
  /** Its index names manifests that the bundle has not. */
  readonly isSparse: boolean;
}

export interface PushPlan {
  readonly images: readonly PlannedImage[];
  /** Repositories that have a blob, by its digest. */
  readonly holders: Map<string, string>;
}

/** Asks a registry for everything that a bundle would bring. @throws Failure when that cannot be, before anything is sent */
export async function planPush(
  archive: Archive,
  prefix: string,
  options: UploadOptions,
  onPlanned: (image: PlannedImage) => void,
): Promise<PushPlan> {
  const targets = targetsOf(archive, prefix);
  const holders = new Map<string, string>();
  const images: PlannedImage[] = [];
  for (const { image, repository, tag } of targets) {
    const upload = new RepositoryUpload(repository, options);
    images.push(await planImage(archive, image, upload, tag, holders));
    onPlanned(images.at(-1) as PlannedImage);
  }
  return { images, holders };
}

interface Target {
  readonly image: BundledImage;
  readonly repository: string;
  readonly tag: string;
}

/** Each image once, where `images.mirror` looks for it. @throws Failure when two would have one name */
function targetsOf({ contents }: Archive, prefix: string): Target[] {
  const targets = new Map<string, Target>();
  for (const image of contents.images) {
    const base = ImageReference.parse(image.name);
    // The first part of a name is a domain when it looks like one: this stands for the registry's own.
    const repository = base
      .withMirror(`registry.invalid${prefix && `/${prefix}`}`)
      .name.replace("registry.invalid/", "");
    const tag = tagOf({ tag: base.tag, digest: image.digest });
    const known = targets.get(`${repository}:${tag}`);
    if (known && known.image.digest !== image.digest)
      throw new Failure(
        `${known.image.name} and ${image.name} would both be ${repository}:${tag}`,
        "make a bundle for each of them, and push one with --prefix",
      );
    targets.set(`${repository}:${tag}`, known ?? { image, repository, tag });
  }
  return [...targets.values()];
}

async function planImage(
  archive: Archive,
  image: BundledImage,
  upload: RepositoryUpload,
  tag: string,
  holders: Map<string, string>,
): Promise<PlannedImage> {
  const { manifests, blobs, isSparse } = await everythingOf(archive, image.digest);
  const root = manifests.at(-1) as SentManifest;
  const absent = [];
  for (const blob of blobs) {
    if (await upload.hasBlob(blob.digest)) holders.set(blob.digest, upload.repository);
    else absent.push(blob);
  }
  const unknown = [];
  for (const one of manifests) if (!(await upload.manifestDigest(one.digest))) unknown.push(one);
  const tagged = await upload.manifestDigest(tag);
  const bytes = [...blobs, ...manifests.map(({ digest }) => ({ size: archive.size(blobPath(digest)) }))];
  return {
    ...{ image, upload, tag, root, isSparse, blobs: absent, manifests: unknown },
    ...{ bytes: bytes.reduce((sum, { size }) => sum + size, 0), ...(tagged !== undefined && { tagged }) },
  };
}

/** What is reached from an index or a manifest, as far as it is in the bundle: what is named before what names it. */
async function everythingOf(archive: Archive, root: string) {
  const manifests = new Map<string, SentManifest>();
  const blobs = new Map<string, { digest: string; size: number }>();
  let isSparse = false;
  const visit = async ({ digest, mediaType }: Pick<Descriptor, "digest"> & { mediaType?: string }) => {
    if (manifests.has(digest)) return;
    const manifest = await archive.json<Manifest>(digest);
    for (const child of manifest.manifests ?? []) {
      if (archive.has(blobPath(child.digest))) await visit(child);
      else isSparse = true;
    }
    for (const blob of blobsOf(manifest))
      blobs.set(blob.digest, { digest: blob.digest, size: archive.size(blobPath(blob.digest)) });
    const type = manifest.mediaType ?? mediaType ?? (manifest.manifests ? OCI_INDEX : OCI_MANIFEST);
    manifests.set(digest, { digest, mediaType: type });
  };
  await visit({ digest: root });
  return { manifests: [...manifests.values()], blobs: [...blobs.values()], isSparse };
}

/** Bytes that are to be sent. */
export const missingBytes = (images: readonly PlannedImage[]) =>
  [...new Map(images.flatMap(({ blobs }) => blobs).map((one) => [one.digest, one.size])).values()].reduce(
    (sum, size) => sum + size,
    0,
  );

/** @throws Failure for what the registry would not take, or what would be lost there */
export function checkPlan({ images }: PushPlan, environment: Environment, overwrite: boolean): void {
  const moved = images.filter(({ tagged, image }) => tagged !== undefined && tagged !== image.digest);
  if (moved.length > 0 && !overwrite)
    throw new Failure(
      `Nothing was sent: tags are there that name other images: ${moved.map(tagText).join(", ")}`,
      "--overwrite moves them, and gc then frees what they named; --prefix puts the images elsewhere",
    );
  const sparse = images.filter(({ isSparse, manifests, root }) => isSparse && manifests.includes(root));
  if (sparse.length > 0 && !takesSparse(environment))
    throw new Failure(
      `Nothing was sent: the bundle has some platforms only of ${sparse.map(({ image }) => image.name.replace(/@.*/, "")).join(", ")}, and the registry takes an index with all of its images`,
      SPARSE,
    );
}

const tagText = ({ upload, tag, tagged }: PlannedImage) => `${upload.repository}:${tag} is ${tagged}`;

function takesSparse({ registry }: Environment): boolean {
  const { validation } = (registry.configuration ?? {}) as {
    validation?: { disabled?: boolean; manifests?: { indexes?: { platforms?: string } } };
  };
  return validation?.disabled === true || !["all", undefined].includes(validation?.manifests?.indexes?.platforms);
}

const SPARSE =
  "make the bundle with --all-platforms; or write `registry: { configuration: { validation: { manifests: { indexes: { platforms: none } } } } }` into the environment's file, and run up";
