import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Environment } from "../../config";
import { ImageReference } from "../../constructs/values/image-reference";
import { version } from "../../package.json";
import { type Product, providerLockPath, requiredProviders } from "../../stacks";
import { TAR_END, tarHead, tarPadding } from "../docker/tar";
import { Failure } from "../failure";
import { type Interruption, stopIfAsked } from "../interruption";
import { megabytes } from "../megabytes";
import { inStage, type Progress } from "../progress";
import { OCI_INDEX } from "../registry/media-types";
import type { Terraform, Variables } from "../terraform/terraform";
import { billOfMaterials } from "./bill";
import { blobPath, CONTENTS, type Contents, engineRecord, type FileSum, FORMAT, LAYOUT } from "./contents";
import { type FetchedImage, findImages, sizeOf, verifiedBlob } from "./images";
import { type PackedPackage, packPackage } from "./package";
import { findProviders } from "./providers";

export interface CreateOptions {
  /** With the files that they were read from. */
  readonly environments: readonly Environment[];
  readonly files: ReadonlyMap<string, string>;
  readonly platforms: readonly string[];
  readonly output: string;
  /** A folder with providers. @default - where Terraform looks, then its registry */
  readonly providers?: string;
  /** Another image of rclone; an empty one: none. @default - the one that `backup` uses */
  readonly rclone?: string;
  /** Further images, for `bundle push`. @default - none */
  readonly images?: readonly string[];
  /** Take images for every platform that they are published for. @default false */
  readonly allPlatforms?: boolean;
  readonly terraform: Terraform;
  readonly variables: Variables;
  readonly progress: Progress;
  readonly interruption: Interruption;
  /** @default - this program */
  readonly pack?: () => PackedPackage;
}

export interface CreatedBundle {
  readonly sha256: string;
  readonly bytes: number;
  readonly products: readonly Product[];
}

/** A file of the bundle: what is known of it before it is there, and where its bytes come from. */
interface Part extends FileSum {
  readonly pieces: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Whose download it is, for people. */
  readonly of?: string;
}

/** Writes a bundle: whole under its name, or not at all. @throws Failure */
export async function createBundle(options: CreateOptions): Promise<CreatedBundle> {
  const { environments, platforms, output, progress, interruption, variables } = options;
  if (existsSync(output)) throw new Failure(`${output} exists`, "give another name with --output, or remove it");
  const remote = { variables, signal: interruption.gentle };
  // Docker's images are for Linux; the other platforms run Terraform only.
  const engines = platforms.filter((platform) => platform.startsWith("linux/"));
  const images = await inStage(progress, "images", async (stage) => {
    const onFound = (image: FetchedImage) =>
      stage.line(`${image.name.replace(/@.*/, "")}  ${megabytes(sizeOf(image))}`);
    const { rclone, images: list, allPlatforms } = options;
    const found = await findImages({
      ...{ environments, platforms: engines, allPlatforms, rclone, images: list, remote, onFound },
    });
    return { value: found, result: `${found.length}, ${megabytes(found.reduce((sum, one) => sum + sizeOf(one), 0))}` };
  });
  const providers = await inStage(progress, "providers", async () => {
    const found = await findProviders(
      options.terraform,
      requiredProviders(environments),
      platforms,
      options.providers,
      variables,
    );
    const bytes = found.files.reduce((sum, { file }) => sum + statSync(file).size, 0);
    return { value: found, result: `for ${found.products.join(" and ")}, ${megabytes(bytes)}` };
  });
  try {
    const packed = await inStage(progress, "package", async () => {
      const value = (options.pack ?? packPackage)();
      return { value, result: `${value.packages.length} packages, ${megabytes(value.content.length)}` };
    });
    const parts = new Map<string, Part>(imageParts(images));
    for (const { path, file } of providers.files) parts.set(`providers/${path}`, await fromFile(file));
    for (const file of environmentFiles(options))
      parts.set(`environments/${basename(file)}`, inMemory(readFileSync(file)));
    parts.set(`package/${packed.name}`, inMemory(packed.content));
    const named = providers.files.map(({ path }) => path);
    parts.set("sbom.cdx.json", inMemory(json(billOfMaterials(version, packed.packages, images, named))));
    return { ...(await write(options, images, parts)), products: providers.products };
  } finally {
    providers.close();
  }
}

/** What was selected, and the locks: none of them may hold a secret. */
function environmentFiles({ environments, files }: CreateOptions): string[] {
  const locks = (["Terraform", "OpenTofu"] as const).map(providerLockPath).filter((path) => existsSync(path));
  return [...environments.flatMap(({ name }) => files.get(name) ?? []), ...locks];
}

function* imageParts(images: readonly FetchedImage[]): Generator<[string, Part]> {
  yield [`${LAYOUT}/oci-layout`, inMemory(json({ imageLayoutVersion: "1.0.0" }))];
  const manifests = images.map(({ root, name }) => ({
    ...root,
    annotations: { "io.containerd.image.name": engineRecord(ImageReference.parse(name)) },
  }));
  yield [`${LAYOUT}/index.json`, inMemory(json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }))];
  for (const { manifests: own, blobs, from, name } of images) {
    for (const [digest, content] of own) yield [blobPath(digest), inMemory(content)];
    for (const blob of blobs) {
      const pieces = () => verifiedBlob(from, blob);
      yield [
        blobPath(blob.digest),
        { sha256: blob.digest.slice(7), size: blob.size, pieces, of: name.replace(/@.*/, "") },
      ];
    }
  }
}

const json = (value: unknown) => Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);

function inMemory(content: Buffer): Part {
  return { sha256: createHash("sha256").update(content).digest("hex"), size: content.length, pieces: () => [content] };
}

async function fromFile(file: string): Promise<Part> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(file)) hash.update(piece);
  return { sha256: hash.digest("hex"), size: statSync(file).size, pieces: () => createReadStream(file) };
}

async function write(
  { output, environments, platforms, progress, interruption }: CreateOptions,
  images: readonly FetchedImage[],
  given: ReadonlyMap<string, Part>,
): Promise<Omit<CreatedBundle, "products">> {
  const parts = [...given].sort(([a], [b]) => (a < b ? -1 : 1));
  const contents: Contents = {
    format: FORMAT,
    version,
    platforms,
    environments: environments.map(({ name }) => name),
    images: images.map(({ name, digest, role, environments: users }) => ({ name, digest, role, environments: users })),
    files: Object.fromEntries(parts.map(([path, { sha256, size }]) => [path, { sha256, size }])),
  };
  const all: [string, Part][] = [[CONTENTS, inMemory(json(contents))], ...parts];
  const whole = all.reduce((sum, [, { size }]) => sum + size, 0);
  const temporary = `${output}.part`;
  const hash = createHash("sha256");
  let bytes = 0;
  const release = interruption.trap?.();
  try {
    await inStage(progress, "write", async (stage) => {
      const file = await open(temporary, "w", 0o644);
      const put = async (piece: Uint8Array) => {
        stopIfAsked(interruption, NOTHING_LEFT);
        hash.update(piece);
        bytes += piece.length;
        await file.writeFile(piece);
      };
      try {
        for (const [path, { size, pieces, of }] of all) {
          await put(tarHead(path, size));
          let seen = 0;
          for await (const piece of pieces()) {
            seen += piece.length;
            await put(piece);
            stage.now(`${megabytes(bytes)} of ${megabytes(whole)}${of ? `: ${of}` : ""}`);
          }
          if (seen !== size) throw new Failure(`${path} changed while it was read`, "run it again");
          await put(tarPadding(size));
        }
        await put(TAR_END);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, output);
      return { value: undefined, result: `${output}, ${megabytes(bytes)}` };
    });
  } catch (error) {
    rmSync(temporary, { force: true });
    // What was being downloaded ends with an error of its own.
    stopIfAsked(interruption, NOTHING_LEFT);
    throw error;
  } finally {
    release?.();
  }
  return { sha256: hash.digest("hex"), bytes };
}

const NOTHING_LEFT = "No bundle was written.";

/** The name that a bundle has when none is given. */
export const defaultOutput = () => join(".", `private-registry-${version}.bundle.tar`);
