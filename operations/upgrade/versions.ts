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

type ImageKey = keyof RegistryImages;

/** A program that runs, and what the environment file asks for. */
export interface Version {
  readonly product: string;
  /** Its key at `images` of the environment file. */
  readonly key: ImageKey;
  /** The engine's id of the image that runs. */
  readonly imageId: string;
  /** That image by name, and what its program says of itself. */
  readonly from: Named;
  readonly to: Named;
  /** Whether the image that is asked for is the one that runs. */
  readonly isSame: boolean;
}

/** An image, and the version that it is. */
interface Named {
  readonly image: string;
  /** @default - neither the program nor its tag says one */
  readonly version?: string;
}

/** A container whose image the environment file names. */
interface Program {
  readonly product: string;
  readonly key: ImageKey;
  readonly container: string;
  /** Prints the version. @default - its tag says it */
  readonly versionCommand?: readonly string[];
  /** An upgrade begins with one that runs. @default false - one that was never applied, or is stopped, hinders nothing */
  readonly isNeeded?: boolean;
}

function programs(environment: Environment): Program[] {
  const { name, monitoring, access, ui } = environment;
  const server = storageServer(environment);
  const at = (noun: string) => objectName(name, noun);
  const all: (Program | undefined | false)[] = [
    {
      key: "distribution",
      ...{ product: "Distribution", container: at("registry"), isNeeded: true },
      versionCommand: ["registry", "--version"],
    },
    server && { ...server, key: server.noun as ImageKey, isNeeded: true },
    monitoring.prometheus && {
      key: "prometheus",
      ...{ product: "Prometheus", container: at("prometheus"), versionCommand: ["prometheus", "--version"] },
    },
    monitoring.alertmanager && {
      key: "alertmanager",
      ...{ product: "Alertmanager", container: at("alertmanager"), versionCommand: ["alertmanager", "--version"] },
    },
    monitoring.perses && { key: "perses", product: "Perses", container: at("perses") },
    ui && { key: "ui", product: "docker-registry-ui", container: at("ui") },
    access && { key: "tokenServer", product: "docker_auth", container: at("token") },
  ];
  return all.filter((one) => one !== undefined && one !== false);
}

/** What runs and what is asked for. @throws Failure when a container does not run that an upgrade begins with */
export async function readVersions(docker: DockerConnection, environment: Environment): Promise<Version[]> {
  const images = new RegistryImages(environment.images);
  const found = await Promise.all(
    programs(environment).map(async ({ product, key, container: name, versionCommand, isNeeded }) => {
      const image = images[key].toString();
      const container = await inspectContainer(docker, name);
      if (isNeeded && !container?.State.Running)
        throw new Failure(
          `The container ${name} does not run: an upgrade begins with a registry that works`,
          command("up", environment.name),
        );
      if (!container) return undefined;
      const { Image: imageId } = container;
      const from = await nameOf(docker, imageId, image);
      const { stdout } = versionCommand
        ? await runInContainer(docker.client, name, [...versionCommand]).catch(() => ({ stdout: "" }))
        : { stdout: "" };
      const said = / v?(\d+\.\d+\.\d+(?:-[\w.]+)?)/.exec(stdout)?.[1];
      return {
        ...{ product, key, imageId, isSame: (await imageIdOf(docker, image)) === imageId },
        from: { image: from, version: said ?? versionOf(from) },
        to: { image, version: versionOf(image) },
      };
    }),
  );
  return found.filter((one) => one !== undefined);
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
function namedText({ image, version }: Named): string {
  const name = shortName(image);
  const isNamed = name.endsWith(`:${version}`) || name.endsWith(`:v${version}`);
  return version === undefined || isNamed ? name : `${name} (${version})`;
}

/** `Distribution registry:3.1.1 → registry:3.1.2` */
export function changeText({ product, from, to, isSame }: Version): string {
  return isSame ? `${product} ${namedText(from)} stays` : `${product} ${namedText(from)} → ${namedText(to)}`;
}
