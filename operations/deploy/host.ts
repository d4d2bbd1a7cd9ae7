import type { PlanJson } from "../../plan/plan-json";
import type { RegistryStack } from "../../stacks";
import { Failure } from "../failure";
import type { Operation } from "../operation";
import { inStage } from "../progress";
import { connect, isDocker } from "../runtime/connect";
import type { Runtime } from "../runtime/runtime";
import { dockerHost } from "./docker/host";
import type { FoundObject, Ownership, Unknown, WantedObject } from "./objects";

/** What an apply asks of a platform around Terraform's own work: of one Docker host, or of a cluster. */
export interface Host {
  /** What answered, for people: `Docker 27.1.1 at unix:///var/run/docker.sock`. */
  readonly answered: string;
  /**
   * Looks for what would fail in the middle of an apply, before anything is changed.
   * @param adopt volumes that a person said are the environment's
   * @returns what an apply of ours left when it was killed
   * @throws Failure naming who has what the plan needs
   */
  check(operation: Operation, plan: PlanJson, adopt?: readonly string[]): Promise<readonly FoundObject[]>;
  /**
   * Brings what the apply needs, tries what can be tried, and waits for a moment that disturbs nobody.
   * @param directory folder of the stack
   * @throws Failure, Interrupted; nothing that runs was changed then
   */
  prepare(operation: Operation, plan: PlanJson, directory: string): Promise<void>;
  /** Looks for what has a name that the environment wants, or its labels, and is not in the state. */
  findUnknown(objects: readonly WantedObject[], ownership: Ownership): Promise<Unknown>;
  /** Removes what an apply left when it was killed. What holds data is never removed here. */
  removeOrphans(operation: Operation, orphans: readonly FoundObject[]): Promise<void>;
  /** What there is of an environment, for people: `container lab-registry`, `volume lab-rustfs-data`. */
  existing(stack: RegistryStack): Promise<string[]>;
}

/** What an apply asks of what runs the containers. */
export function hostOf(runtime: Runtime): Host {
  if (isDocker(runtime)) return dockerHost(runtime);
  throw new Failure(`Nobody knows how to deploy to ${runtime.host}`);
}

/** Connects to the environment's platform: better before a plan is shown than after it is agreed to. */
export function connectHost({ environment, progress, variables }: Operation): Promise<Runtime> {
  return inStage(progress, "connect", async () => {
    const value = await connect(environment, variables);
    return { value, result: hostOf(value).answered };
  });
}
