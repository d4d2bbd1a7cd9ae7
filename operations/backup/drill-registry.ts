import { stringify } from "yaml";
import type { Environment } from "../../config";
import { RegistryImages } from "../../constructs/images";
import { DEFAULT_REGION } from "../../constructs/values/defaults";
import { objectName } from "../../constructs/values/object-names";
import { inspectContainer } from "../docker/container-state";
import type { DockerConnection } from "../docker/docker";
import { dockerFailure } from "../docker/failure";
import { engineName, pullImage } from "../docker/images";
import { tarOf } from "../docker/tar";
import { helperName } from "../runtime/helper";
import { randomText } from "../secrets/generate";
import type { StorageAccess } from "../storage/access";
import type { BackupOperation } from "./open";
import { COPIER } from "./start-copier";

const BUCKET = "registry";

/** A registry that is made for a moment: RustFS and Distribution on a network without a way out, no port published. */
export interface DrillRegistry {
  /** What its containers' names begin with. */
  readonly name: string;
  readonly network: string;
  readonly access: StorageAccess;
  readonly remove: () => Promise<void>;
}

/**
 * Makes one of the images that the environment runs; one that was left behind goes first.
 * @param root what keys begin with, as in the registry it stands for
 */
export async function startDrillRegistry(
  operation: BackupOperation,
  docker: DockerConnection,
  root: string,
): Promise<DrillRegistry> {
  const { environment } = operation;
  const { client } = docker;
  const name = `${environment.name}-drill`;
  const remove = () => removeDrill(docker, name);
  await remove();
  const keys = { accessKey: randomText(20), secretKey: randomText(40) };
  const url = new URL(`http://${name}-rustfs:9000`);
  const access: StorageAccess = { url, bucket: BUCKET, pathStyle: true, region: DEFAULT_REGION, root, ...keys };
  try {
    await client.createNetwork({ Name: name, Internal: true, Labels: LABELS });
    const rustfs = await client.createContainer({
      ...{ name: objectName(name, "rustfs"), Image: await rustfsImage(operation, docker), Labels: LABELS },
      Env: [
        ...[`RUSTFS_ACCESS_KEY=${keys.accessKey}`, `RUSTFS_SECRET_KEY=${keys.secretKey}`, "RUSTFS_VOLUMES=/data"],
        ...["RUSTFS_ADDRESS=:9000", "RUSTFS_CONSOLE_ENABLE=false", "RUSTFS_OBS_LOGGER_LEVEL=warn"],
      ],
      HostConfig: { NetworkMode: name },
    });
    await rustfs.start();
    const running = await inspectContainer(docker, objectName(environment.name, "registry"));
    const registry = await client.createContainer({
      ...{ name: objectName(name, "registry"), Image: running?.Image ?? "", Labels: LABELS },
      Env: ["OTEL_TRACES_EXPORTER=none"],
      Cmd: ["/etc/distribution/config.yml"],
      HostConfig: { NetworkMode: name },
    });
    const config = { path: "etc/distribution/config.yml", content: Buffer.from(stringify(configuration(access))) };
    await registry.putArchive(tarOf([config]), { path: "/" });
    return { name, network: name, access, remove };
  } catch (error) {
    await remove();
    throw dockerFailure(error, docker.host);
  }
}

/** Lets what copies reach it. */
export async function joinDrill(
  { client }: DockerConnection,
  { name: environment }: Pick<Environment, "name">,
  { network }: DrillRegistry,
): Promise<void> {
  await client.getNetwork(network).connect({ Container: helperName({ environment, noun: COPIER }) });
}

/** Once its bucket is there. */
export async function openDrillRegistry({ client }: DockerConnection, { name }: DrillRegistry): Promise<void> {
  await client.getContainer(objectName(name, "registry")).start();
}

const LABELS = { "private-registry.component": "drill" };

async function rustfsImage(operation: BackupOperation, docker: DockerConnection): Promise<string> {
  const { environment } = operation;
  const running = await inspectContainer(docker, objectName(environment.name, "rustfs"));
  if (running) return running.Image;
  const image = new RegistryImages(environment.images).rustfs.toString();
  await pullImage(docker, image, operation);
  return engineName(image);
}

function configuration({ url, bucket, region, root, accessKey, secretKey }: StorageAccess) {
  const rootdirectory = root.replace(/\/?docker\/registry\/v2\/$/, "");
  return {
    version: 0.1,
    log: { level: "warn" },
    storage: {
      s3: {
        ...{ region, bucket, regionendpoint: url.href, forcepathstyle: true, secure: false },
        ...{ accesskey: accessKey, secretkey: secretKey, ...(rootdirectory && { rootdirectory }) },
      },
      redirect: { disable: true },
      maintenance: { readonly: { enabled: true }, uploadpurging: { enabled: false } },
    },
    http: { addr: "127.0.0.1:5000" },
  };
}

async function removeDrill({ client }: DockerConnection, name: string): Promise<void> {
  for (const container of [objectName(name, "registry"), objectName(name, "rustfs")])
    await client
      .getContainer(container)
      .remove({ force: true, v: true })
      .catch(() => {});
  await client
    .getNetwork(name)
    .remove()
    .catch(() => {});
}
