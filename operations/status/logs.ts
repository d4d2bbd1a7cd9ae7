import type { Environment } from "../../config";
import { containerNames } from "../../stacks";
import { command } from "../command";
import { describeDeath, findDeath, memoryRemedy } from "../docker/container-death";
import { inspectContainer, startFailure } from "../docker/container-state";
import type { DockerConnection } from "../docker/docker";
import { dockerFailure } from "../docker/failure";
import { Failure } from "../failure";

/** A container that has a log. */
export interface LogSource {
  /** As the engine knows it. */
  readonly container: string;
  /** Without the environment's name. */
  readonly noun: string;
}

/**
 * The containers of an environment that exist, or the one that is asked for.
 * @throws Failure naming those there are, when it is not there
 */
export async function logSources(
  environment: Environment,
  { client, host }: DockerConnection,
  noun?: string,
): Promise<LogSource[]> {
  const { name } = environment;
  const existing = await client
    .listContainers({ all: true })
    .catch((error) => Promise.reject(dockerFailure(error, host)));
  const all = existing.flatMap(({ Names }) => Names.map((one) => one.slice(1)));
  const wanted = noun ? [`${name}-${noun}`] : containerNames(environment);
  const found = wanted.filter((one) => all.includes(one));
  const nounOf = (container: string) => container.slice(name.length + 1);
  if (found.length > 0) return found.map((container) => ({ container, noun: nounOf(container) }));
  const nouns = all.filter((one) => one.startsWith(`${name}-`)).map(nounOf);
  throw new Failure(
    `There is no container ${wanted.join(" or ")}`,
    nouns.length > 0 ? `there are: ${nouns.join(", ")}` : command("up", name),
  );
}

/** What no log says: that a container could not be started, or that the kernel ended it; each with what to do. */
export async function whatNoLogSays(
  { name }: Environment,
  docker: DockerConnection,
  { container, noun }: LogSource,
): Promise<string[]> {
  const inspected = await inspectContainer(docker, container);
  if (!inspected) return [];
  const failure = startFailure(inspected, name, docker.host);
  const death = await findDeath(docker, inspected);
  const remedy = death && memoryRemedy(death, noun, name);
  return [
    ...(failure ? [`${container} could not be started: ${failure.message}\n  → ${failure.remedy}`] : []),
    ...(remedy ? [`${container}: ${describeDeath(death)}\n  → ${remedy}`] : []),
  ];
}
