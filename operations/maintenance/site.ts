import { dirname } from "node:path/posix";
import { setTimeout as sleep } from "node:timers/promises";
import { type Environment, sharesStorage } from "../../config";
import { READ_ONLY_MARKER } from "../../constructs/registry/serve";
import { objectName } from "../../constructs/values/object-names";
import { command } from "../command";
import { messageOf } from "../docker/failure";
import { readEnvironments } from "../environments";
import { Failure } from "../failure";
import { connect } from "../runtime/connect";
import type { Runtime } from "../runtime/runtime";
import type { Variables } from "../terraform/terraform";

/** In the registry's container, for what lasts as long as the container and outlives its restarts. */
export const STATE_FOLDER = dirname(READ_ONLY_MARKER);

/** Where a registry runs, as far as its maintenance needs it. */
export interface RegistrySite {
  /** The environment. */
  readonly environment: string;
  /** All others that push into the same storage: its other pods, and registries of other environments. */
  readonly neighbours: readonly RegistrySite[];
  /** Runs a shell script beside the registry, with its files and variables. @returns what it printed */
  script(script: string, args?: readonly string[], limitMs?: number): Promise<string>;
  /** Restarts the registry, which ends what it began first, and waits until it is healthy. */
  restart(): Promise<void>;
}

const HEALTHY_MS = 90_000;

/** All that push into one storage. */
export function registriesAt(site: RegistrySite): readonly RegistrySite[] {
  return [site, ...site.neighbours];
}

/**
 * The registry's container, and those that share its storage; one that was never deployed is none.
 * @throws Failure when one of them does not run or cannot be reached
 */
export async function openSite(
  runtime: Runtime,
  environment: Environment,
  variables: Variables,
): Promise<RegistrySite> {
  const { name } = environment;
  const others = readEnvironments().filter((other) => other.name !== name && sharesStorage(other, environment));
  const neighbours: RegistrySite[] = [];
  for (const other of others) {
    try {
      const neighbour = await siteOf(await connect(other, variables), other.name);
      if (neighbour) neighbours.push(...registriesAt(neighbour));
    } catch (error) {
      throw alsoNeeds(name, other.name, error);
    }
  }
  const site = await siteOf(runtime, name, neighbours);
  if (!site) throw new Failure(`The container ${registryOf(name)} does not exist`, command("up", name));
  return site;
}

function alsoNeeds(environment: string, other: string, error: unknown): Failure {
  const { remedy, details } = error instanceof Failure ? error : {};
  return new Failure(
    `${environment} and ${other} keep their images in the same place, so ${other} must be reachable, too: ${messageOf(error)}`,
    remedy,
    details,
  );
}

const registryOf = (environment: string) => objectName(environment, "registry");

/** A registry's container, or its pods; nothing: there is none. @throws Failure when it does not run */
async function siteOf(
  runtime: Runtime,
  environment: string,
  neighbours: readonly RegistrySite[] = [],
): Promise<RegistrySite | undefined> {
  const container = registryOf(environment);
  const running = await runtime.find(container);
  if (!running) return undefined;
  if (!running.isRunning) throw new Failure(`The container ${container} does not run`, command("up", environment));
  const instanceSite = (instance: string): RegistrySite => ({
    environment,
    neighbours: [],
    script: (script, args, limitMs) => runtime.script(instance, script, args, limitMs),
    restart: async () => {
      await runtime.restart(instance);
      await untilHealthy(
        async () => {
          await runtime.script(instance, '"$@"', running.healthCommand, 10_000);
        },
        instance,
        environment,
      );
    },
  });
  const [first = container, ...others] = await runtime.instances(container);
  return { ...instanceSite(first), neighbours: [...others.map(instanceSite), ...neighbours] };
}

/** Sooner than the engine's own look, which comes every second or more. */
async function untilHealthy(ask: () => Promise<void>, container: string, environment: string): Promise<void> {
  for (const deadline = Date.now() + HEALTHY_MS; ; ) {
    try {
      await ask();
      return;
    } catch (error) {
      if (Date.now() > deadline)
        throw new Failure(
          `${container} is not healthy ${HEALTHY_MS / 1000} s after its restart`,
          command("logs", environment, "registry"),
          messageOf(error),
        );
    }
    await sleep(100);
  }
}

/** Whether no registry of a storage takes pushes now. */
export async function isReadOnly(site: RegistrySite): Promise<boolean> {
  for (const one of registriesAt(site)) if (!(await startedReadOnly(one))) return false;
  return true;
}

/** Whether a registry takes no pushes, as its own process was started. */
export async function startedReadOnly(site: RegistrySite): Promise<boolean> {
  const answer = await site.script(
    "tr '\\0' '\\n' < /proc/1/environ | grep -q '^REGISTRY_STORAGE_MAINTENANCE_READONLY=.*true' && echo yes || echo no",
  );
  return answer.trim() === "yes";
}
