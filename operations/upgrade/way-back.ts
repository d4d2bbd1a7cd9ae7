import type { Environment } from "../../config";
import { RegistryImages } from "../../constructs/images";
import { DOCKER_TYPES } from "../../plan/plan-json";
import { command, quote } from "../command";
import { runApply } from "../deploy/apply";
import { changedSecrets, configurationIn, type LastGood, putLastGood, readLastGood } from "../deploy/last-good";
import { secretsOf } from "../deploy/plan";
import { returnTo } from "../deploy/rollback";
import type { DockerConnection } from "../docker/docker";
import { Failure } from "../failure";
import type { Operation } from "../operation";
import { synthesizeStack } from "../terraform/stack";
import { imageIdOf, type Version } from "./versions";

/**
 * The configuration to go back to: the last one that was applied from this machine, when it is the one that runs; else the
 * environment as it is described, with the images that run.
 * @throws Failure when the engine knows no name of an image that runs
 */
export async function findWayBack(
  operation: Operation,
  docker: DockerConnection,
  versions: readonly Version[],
): Promise<LastGood> {
  const { environment, environments } = operation;
  const lastGood = readLastGood(environment);
  if (lastGood && (await runs(docker, lastGood, versions))) return lastGood;
  const nameless = versions.find(({ from, imageId }) => from.image === imageId);
  if (nameless)
    throw new Failure(
      `The running image of ${nameless.product} has no tag on the engine, so the upgrade could not go back to it`,
      `docker tag ${quote(nameless.imageId)} ${nameless.key.toLowerCase()}:before-upgrade, then ${command("upgrade", environment.name)}`,
    );
  const images = imagesBefore(environment, versions);
  const before: Environment = { ...environment, images };
  const stack = synthesizeStack(
    environments.map((one) => (one.name === environment.name ? before : one)),
    environment.name,
  );
  const { values } = secretsOf(operation, stack.variableNames);
  const made = configurationIn(stack.directory, values, new Date());
  putLastGood(environment, made);
  return made;
}

/** What runs, and what is asked for where nothing does; without the mirror, which these names have in them. */
export function imagesBefore({ images }: Environment, versions: readonly Version[]): Environment["images"] {
  const asked = Object.entries(new RegistryImages(images)).map(([key, image]) => [key, image.toString()]);
  const running = versions.map(({ key, from }) => [key, from.image]);
  return Object.fromEntries([...asked, ...running]);
}

/** Whether the images of a configuration are those that run. */
async function runs(docker: DockerConnection, { config }: LastGood, versions: readonly Version[]): Promise<boolean> {
  const { resource = {} } = JSON.parse(config) as { resource?: Record<string, Record<string, { name?: string }>> };
  const names = Object.values(resource[DOCKER_TYPES.image] ?? {}).flatMap(({ name }) => name ?? []);
  const ids = await Promise.all(names.map((name) => imageIdOf(docker, name)));
  return versions.every(({ imageId }) => ids.includes(imageId));
}

/** Goes back to what ran before an upgrade. @throws Failure when that cannot be, too */
export async function goBack(operation: Operation, directory: string, wayBack: LastGood): Promise<void> {
  const { environment } = operation;
  const { values } = secretsOf(operation, Object.keys(wayBack.secretHashes));
  const changed = changedSecrets(wayBack, values);
  if (changed.length > 0)
    throw new Failure(
      `What ran before had another ${changed.join(", ")}`,
      `put the secrets back as they were, then ${command("upgrade", environment.name, "--back")}`,
    );
  await returnTo(operation, directory, wayBack, runApply);
  putLastGood(environment, wayBack);
}
