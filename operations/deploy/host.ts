import type { PlanJson } from "../../plan/plan-json";
import type { RegistryStack } from "../../stacks";
import { Failure } from "../failure";
import type { Operation } from "../operation";
import { inStage } from "../progress";
import { connect, isDocker, isKubernetes } from "../runtime/connect";
import type { Runtime } from "../runtime/runtime";
import { dockerHost } from "./docker/host";
import { kubernetesHost } from "./kubernetes/host";
import type { FoundObject, Ownership, Unknown, WantedObject } from "./objects";
import type { ResourceProgress } from "./resource-progress";
import type { ApplyWatch } from "./watch";

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
  /** What becomes of what is behind objects with data, when they are given up: a sentence for each. @default - it goes with them */
  fateOfData?(names: readonly string[]): Promise<string[]>;
  /** Looks at what comes up while Terraform applies. @param directory that Terraform runs in @param stop aborted when a person stops it @default - there is nothing to see */
  watch?(environment: string, directory: string, follow: ResourceProgress, stop: AbortSignal): ApplyWatch;
}

/** What an apply asks of what runs the containers. */
export function hostOf(runtime: Runtime): Host {
  if (isDocker(runtime)) return dockerHost(runtime);
  if (isKubernetes(runtime)) return kubernetesHost(runtime);
  throw new Failure(`Nobody knows how to deploy to ${runtime.host}`);
}

/** Connects to the environment's platform: better before a plan is shown than after it is agreed to. */
export function connectHost({ environment, progress, variables }: Operation): Promise<Runtime> {
  return inStage(progress, "connect", async () => {
    const value = await connect(environment, variables);
    return { value, result: hostOf(value).answered };
  });
}
