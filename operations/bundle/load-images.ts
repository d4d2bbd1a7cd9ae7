import type { Environment } from "../../config";
import type { ImageReference } from "../../constructs/values/image-reference";
import type { DockerConnection } from "../docker/docker";
import { hasImage, pullImage, shortName } from "../docker/images";
import { Failure } from "../failure";
import { type Interruption, stopIfAsked } from "../interruption";
import { megabytes } from "../megabytes";
import { inStage, type Progress } from "../progress";
import type { Variables } from "../terraform/terraform";
import type { Archive } from "./archive";
import { type BundledImage, blobPath } from "./contents";
import { askEngine, type Engine, imageFor, loadLayout, loadTagged, type PlatformImage } from "./engine";
import { neededImages } from "./images";
import { type ServedImage, withTemporaryRegistry } from "./temporary-registry";

export interface LoadImagesOptions {
  readonly port: number;
  readonly variables: Variables;
  readonly progress: Progress;
  readonly interruption: Interruption;
}

export interface LoadedImages {
  /** What `images.mirror` must be for the engine to know the images by their digests. @default - what it is */
  readonly mirror?: string;
  /** References that the environment wants and the bundle has not. */
  readonly missing: readonly string[];
}

interface Wanted {
  readonly reference: ImageReference;
  readonly base: ImageReference;
  readonly image: BundledImage;
}

/** Brings the images of one environment into its engine, so that Terraform finds each by the name that it will ask for. */
export async function loadImages(
  archive: Archive,
  environment: Environment,
  docker: DockerConnection,
  options: LoadImagesOptions,
): Promise<LoadedImages> {
  const engine = await askEngine(docker);
  const { wanted, missing } = match(archive, environment);
  const absent: Wanted[] = [];
  for (const one of wanted) if (!(await hasImage(docker.client, one.reference.toString()))) absent.push(one);
  const byPull = absent.filter(({ reference }) => engine.store === "classic" && reference.isPinned);
  for (const one of absent.filter((other) => !byPull.includes(other))) await loadOne(engine, archive, one, options);
  if (byPull.length === 0) return { missing };
  const mirror = `127.0.0.1:${portOf(environment.images.mirror) ?? options.port}`;
  await pullAll(engine, archive, byPull, mirror, environment, options);
  // One name for all of them: what is there by a tag gets the mirror's name, too.
  for (const { reference, base } of wanted.filter((one) => !byPull.includes(one))) {
    const there = base.withMirror(mirror);
    if (!(await hasImage(docker.client, there.toString())) && there.tag)
      await docker.client.getImage(reference.toString()).tag({ repo: there.name, tag: there.tag });
  }
  return { missing, ...(environment.images.mirror !== mirror && { mirror }) };
}

/** What an environment wants, by digest or else by name. */
function match({ contents }: Archive, environment: Environment): { wanted: Wanted[]; missing: string[] } {
  const rclone = contents.images.find(({ role }) => role === "rclone")?.name ?? "";
  const wanted: Wanted[] = [];
  const missing: string[] = [];
  for (const { base, reference } of neededImages(environment, rclone)) {
    const image = contents.images.find((one) =>
      base.digest ? one.digest === base.digest : one.name === base.toString(),
    );
    if (image) wanted.push({ reference, base, image });
    else missing.push(reference.toString());
  }
  return { wanted, missing };
}

const portOf = (mirror: string | undefined) => /^127\.0\.0\.1:(\d+)$/.exec(mirror ?? "")?.[1];

async function loadOne(
  engine: Engine,
  archive: Archive,
  { reference, image }: Wanted,
  { progress }: LoadImagesOptions,
) {
  const one = await imageFor(archive, image, engine.platform);
  await inStage(progress, `load ${shortName(reference.toString())}`, async (stage) => {
    const told = counter(stage.now.bind(stage), bytesOf(archive, one));
    if (engine.store === "containerd") await loadLayout(engine, archive, one, reference, told);
    else await loadTagged(engine, archive, one, reference.toString(), told);
    if (await hasImage(engine.docker.client, reference.toString()))
      return { value: undefined, result: megabytes(bytesOf(archive, one)) };
    throw new Failure(
      `The engine at ${engine.docker.host} took ${reference} and does not know it`,
      "is its disk full? docker system df",
    );
  });
}

/** Through a registry of a moment, on the engine's own loopback. */
async function pullAll(
  engine: Engine,
  archive: Archive,
  wanted: readonly Wanted[],
  mirror: string,
  environment: Environment,
  options: LoadImagesOptions,
): Promise<void> {
  const served: (ServedImage & { name: string })[] = [];
  for (const { base, image } of wanted) {
    const there = base.withMirror(mirror);
    const repository = there.name.slice(mirror.length + 1);
    served.push({ image: await imageFor(archive, image, engine.platform), repository, name: there.toString() });
  }
  const own = archive.contents.images.find(({ role }) => role === "distribution");
  if (!own) throw new Failure("The bundle has no image of Distribution", "make it anew");
  const distribution = await imageFor(archive, own, engine.platform);
  const known = await Promise.all(served.map(({ name }) => hasImage(engine.docker.client, name)));
  if (known.every(Boolean)) return;
  const all = [distribution, ...served.map(({ image }) => image)].reduce((sum, one) => sum + bytesOf(archive, one), 0);
  const port = Number(mirror.split(":")[1]);
  // Its container must not be left behind.
  const release = options.interruption.trap?.();
  const stage = options.progress.stage("load");
  let isFilled = false;
  const told = counter(stage.now.bind(stage), all);
  try {
    await withTemporaryRegistry(engine, archive, distribution, served, port, told, async () => {
      isFilled = true;
      stage.done(`a registry at ${mirror}, for the engine to pull from`);
      for (const { name } of served) {
        await pullImage(engine.docker, name, { ...options, environment });
        stopIfAsked(options.interruption, "Images are missing still; load the bundle again.");
      }
    });
  } catch (error) {
    if (!isFilled) stage.failed();
    throw error;
  } finally {
    release?.();
  }
}

const bytesOf = (archive: Archive, { blobs }: PlatformImage) =>
  blobs.reduce((sum, digest) => sum + archive.size(blobPath(digest)), 0);

function counter(now: (text: string) => void, all: number): (bytes: number) => void {
  let done = 0;
  return (bytes) => {
    done += bytes;
    now(`${megabytes(done)} of ${megabytes(all)}`);
  };
}
