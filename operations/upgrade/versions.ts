import { coerce, parse, type SemVer } from "semver";
import type { Environment } from "../../config";
import { RegistryImages } from "../../constructs/images";
import { objectName } from "../../constructs/values/object-names";
import { storageServer } from "../../stacks";
import { command } from "../command";
import { runInContainer } from "../docker/container-exec";
import { inspectContainer } from "../docker/container-state";
import type { DockerConnection } from "../docker/docker";
import { engineName, shortName } from "../docker/images";
import { Failure } from "../failure";

/** A program that runs, and what the environment file asks for. */
export interface Version {
  readonly product: string;
  /** The engine's id of the image that runs. */
  readonly imageId: string;
  /** That image by name, and what its program says of itself. */
  readonly from: Named;
  readonly to: Named;
  /** Whether the image that is asked for is the one that runs. */
  readonly isSame: boolean;
}

/** An image, and the version that it is. */
export interface Named {
  readonly image: string;
  /** @default - neither the program nor its tag says one */
  readonly version?: string;
}

/** What runs and what is asked for. @throws Failure when a container does not run */
export async function readVersions(docker: DockerConnection, environment: Environment): Promise<Version[]> {
  const { distribution } = new RegistryImages(environment.images);
  const programs = [
    {
      ...{ product: "Distribution", container: objectName(environment.name, "registry"), image: distribution },
      versionCommand: ["registry", "--version"],
    },
    storageServer(environment) ?? [],
  ].flat();
  return Promise.all(
    programs.map(async ({ product, container: name, versionCommand, image: asked }) => {
      const image = asked.toString();
      const found = await inspectContainer(docker, name);
      if (!found?.State.Running)
        throw new Failure(
          `The container ${name} does not run: upgrade needs a working registry to start from`,
          command("up", environment.name),
        );
      const { Image: imageId } = found;
      const from = await nameOf(docker, imageId, image);
      const { stdout } = await runInContainer(docker.client, name, versionCommand).catch(() => ({ stdout: "" }));
      const said = / v?(\d+\.\d+\.\d+(?:-[\w.]+)?)/.exec(stdout)?.[1];
      return {
        ...{ product, imageId, isSame: (await imageIdOf(docker, image)) === imageId },
        from: { image: from, version: said ?? versionOf(from) },
        to: { image, version: versionOf(image) },
      };
    }),
  );
}

/** `1.0.1` of `rustfs/rustfs:1.0.1@sha256:…`; nothing for tags such as `latest`. */
export function versionOf(image: string): string | undefined {
  const tag = /:([^:/]+)$/.exec(shortName(image))?.[1] ?? "";
  return parse(tag.replace(/^v/, ""))?.version;
}

/** A version to compare with. */
export function comparable(version: string | undefined): SemVer | undefined {
  return version === undefined ? undefined : (parse(version) ?? coerce(version) ?? undefined);
}

/** What the engine knows by a name. @returns nothing: it has no such image */
export async function imageIdOf({ client }: DockerConnection, image: string): Promise<string | undefined> {
  return (
    await client
      .getImage(engineName(image))
      .inspect()
      .catch(() => undefined)
  )?.Id;
}

/** A name for an image that runs; the one that is asked for when it is the same. */
async function nameOf(docker: DockerConnection, id: string, asked: string): Promise<string> {
  if ((await imageIdOf(docker, asked)) === id) return asked;
  const found = await docker.client
    .getImage(id)
    .inspect()
    .catch(() => undefined);
  return found?.RepoTags?.[0] ?? found?.RepoDigests?.[0] ?? id;
}

/** `registry:3.1.1 (3.1.1)` */
export function namedText({ image, version }: Named): string {
  const name = shortName(image);
  return version === undefined || name.endsWith(`:${version}`) ? name : `${name} (${version})`;
}

/** `Distribution registry:3.1.1 → registry:3.1.2` */
export function changeText({ product, from, to, isSame }: Version): string {
  return isSame ? `${product} ${namedText(from)} stays` : `${product} ${namedText(from)} → ${namedText(to)}`;
}
