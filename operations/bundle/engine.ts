import { Readable } from "node:stream";
import type { ImageReference } from "../../constructs/values/image-reference";
import type { DockerConnection } from "../docker/docker";
import { dockerFailure, messageOf } from "../docker/failure";
import { TAR_END, tarHead, tarPadding } from "../docker/tar";
import { Failure } from "../failure";
import { OCI_INDEX, OCI_MANIFEST } from "../registry/media-types";
import type { Archive } from "./archive";
import { type BundledImage, blobPath, childrenFor, type Descriptor, engineRecord, type Manifest } from "./contents";

/** How an engine keeps images: only containerd's store keeps the digest of what is loaded. */
type ImageStore = "containerd" | "classic";

export interface Engine {
  readonly docker: DockerConnection;
  readonly store: ImageStore;
  /** As `linux/amd64`. */
  readonly platform: string;
}

/** What an engine is. @throws Failure when it does not answer */
export async function askEngine(docker: DockerConnection): Promise<Engine> {
  try {
    const [{ DriverStatus }, { Os, Arch }] = await Promise.all([docker.client.info(), docker.client.version()]);
    const status = (DriverStatus ?? []) as readonly (readonly string[])[];
    const isContainerd = status.some((pair) => pair[1] === "io.containerd.snapshotter.v1");
    return { docker, store: isContainerd ? "containerd" : "classic", platform: `${Os}/${Arch}` };
  } catch (error) {
    throw dockerFailure(error, docker.host);
  }
}

/** An image of a bundle, as far as one platform needs it. */
export interface PlatformImage extends BundledImage {
  readonly root: Descriptor;
  readonly manifest: Manifest;
  /** Of the index if there is one, the manifest, and what it names. */
  readonly blobs: readonly string[];
}

/** @throws Failure when the bundle has the image for other platforms only */
export async function imageFor(archive: Archive, image: BundledImage, platform: string): Promise<PlatformImage> {
  const top = await archive.json<Manifest>(image.digest);
  const child = top.manifests
    ? childrenFor(top, [platform]).find(({ digest }) => archive.has(blobPath(digest)))
    : undefined;
  if (top.manifests && !child)
    throw new Failure(
      `The bundle has ${image.name} for ${archive.contents.platforms.join(", ")}; the engine is ${platform}`,
      `make a bundle with --platform ${platform}`,
    );
  const manifest = child ? await archive.json<Manifest>(child.digest) : top;
  const size = archive.size(blobPath(image.digest));
  const mediaType = top.mediaType ?? (child ? OCI_INDEX : OCI_MANIFEST);
  const layers = [manifest.config, ...(manifest.layers ?? [])].flatMap((one) => one?.digest ?? []);
  const blobs = [...new Set([image.digest, ...(child ? [child.digest] : []), ...layers])];
  return { ...image, root: { mediaType, digest: image.digest, size }, manifest, blobs };
}

/** A file for an engine: its path, and where it lies in the bundle or what it holds. */
export type StreamedFile = readonly [path: string, from: string | Buffer];

/** A tar archive of files of a bundle, made while it is read. */
export function tarStream(
  archive: Archive,
  files: readonly StreamedFile[],
  onProgress: (bytes: number) => void,
): Readable {
  async function* pieces(): AsyncGenerator<Buffer> {
    for (const [path, from] of files) {
      const size = typeof from === "string" ? archive.size(from) : from.length;
      yield tarHead(path, size, 0o644);
      for await (const piece of typeof from === "string" ? archive.stream(from) : [from]) {
        onProgress(piece.length);
        yield piece;
      }
      yield tarPadding(size);
    }
    yield TAR_END;
  }
  return Readable.from(pieces(), { objectMode: false });
}

/** Loads an image so that containerd's store finds it by its name and the publisher's digest. */
export async function loadLayout(
  { docker }: Engine,
  archive: Archive,
  image: PlatformImage,
  reference: ImageReference,
  onProgress: (bytes: number) => void,
): Promise<void> {
  const annotations = { "io.containerd.image.name": engineRecord(reference) };
  const index = { schemaVersion: 2, manifests: [{ ...image.root, annotations }] };
  await load(
    docker,
    tarStream(
      archive,
      [
        ["oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}')],
        ["index.json", Buffer.from(JSON.stringify(index))],
        ...image.blobs.map((digest): StreamedFile => [`blobs/${digest.replace(":", "/")}`, blobPath(digest)]),
      ],
      onProgress,
    ),
  );
}

/** Loads an image under a tag, as every engine can; the publisher's digest is lost. */
export async function loadTagged(
  { docker }: Engine,
  archive: Archive,
  { manifest }: PlatformImage,
  tag: string,
  onProgress: (bytes: number) => void,
): Promise<void> {
  const inside = (digest: string) => `blobs/${digest.replace(":", "/")}`;
  const layers = (manifest.layers ?? []).map(({ digest }) => digest);
  const config = manifest.config?.digest ?? "";
  const list = [{ Config: inside(config), RepoTags: [tag], Layers: layers.map(inside) }];
  await load(
    docker,
    tarStream(
      archive,
      [
        ["manifest.json", Buffer.from(JSON.stringify(list))],
        ...[...new Set([config, ...layers])].map((digest): StreamedFile => [inside(digest), blobPath(digest)]),
      ],
      onProgress,
    ),
  );
}

async function load({ client, host }: DockerConnection, tar: Readable): Promise<void> {
  try {
    const answer = await client.loadImage(tar, { quiet: true });
    await new Promise<void>((resolve, reject) => {
      let broken: string | undefined;
      client.modem.followProgress(
        answer,
        (error: Error | null) => {
          const reason = error ?? (broken === undefined ? undefined : new Error(broken));
          if (reason) reject(reason);
          else resolve();
        },
        (event: { readonly error?: string }) => {
          broken ??= event.error;
        },
      );
    });
  } catch (error) {
    throw dockerFailure(new Error(`docker load: ${messageOf(error)}`), host);
  } finally {
    tar.destroy();
  }
}
