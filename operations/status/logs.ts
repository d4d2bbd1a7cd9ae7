import type { Environment } from "../../config";
import { containerNames } from "../../stacks";
import { command } from "../command";
import { Failure } from "../failure";
import { describeDeath, memoryRemedy } from "../runtime/death";
import type { Runtime } from "../runtime/runtime";
import { startFailure } from "../runtime/start-failure";

/** A container that has a log. */
export interface LogSource {
  /** As the constructs name it. */
  readonly container: string;
  /** Without the environment's name. */
  readonly noun: string;
}

/**
 * The containers of an environment that exist, or the one that is asked for.
 * @throws Failure naming those there are, when it is not there
 */
export async function logSources(environment: Environment, runtime: Runtime, noun?: string): Promise<LogSource[]> {
  const { name } = environment;
  const all = await runtime.names();
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
  runtime: Runtime,
  { container, noun }: LogSource,
): Promise<string[]> {
  const found = await runtime.find(container);
  if (!found) return [];
  const failure = startFailure(found, name, runtime.host);
  const death = await found.death();
  const isForMemory = death?.cause === "memory" || death?.cause === "killed";
  const remedy = death && memoryRemedy(death, noun, name);
  return [
    ...(failure ? [`${container} could not be started: ${failure.message}\n  → ${failure.remedy}`] : []),
    ...(death && isForMemory ? [`${container}: ${describeDeath(death)}${remedy ? `\n  → ${remedy}` : ""}`] : []),
  ];
}
