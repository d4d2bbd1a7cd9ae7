import type { Environment } from "../../config";
import type { ContainerDeath } from "../runtime/death";
import type { PodsState, Runtime } from "../runtime/runtime";
import { type StartFailure, startFailure } from "../runtime/start-failure";

export interface ContainerStatus {
  readonly name: string;
  /** `running`, `exited`, … or `missing`. */
  readonly state: string;
  /** `healthy`, `unhealthy`, `starting`. @default - it has no health check, or does not run */
  readonly health?: string;
  /** @default - it does not run */
  readonly upSeconds?: number;
  /** How often the engine has started it again by itself. */
  readonly restarts: number;
  /** Why it ended. @default - it runs and never ended by itself */
  readonly death?: ContainerDeath;
  /** What counts against the limit: without page cache. */
  readonly memoryBytes?: number;
  /** @default - no limit */
  readonly memoryLimitBytes?: number;
  readonly image?: string;
  /** On Kubernetes. @default - it is one container */
  readonly pods?: PodsState;
  /** Why the engine could not start it. @default - it could */
  readonly startFailure?: StartFailure;
}

/** Looks at a container; one that is missing is a state, too. */
export async function containerStatus(
  runtime: Runtime,
  name: string,
  environment: Environment,
): Promise<ContainerStatus> {
  const found = await runtime.find(name);
  if (!found) return { name, state: "missing", restarts: 0 };
  const { status, isRunning, health, startedAt, restarts, image, pods } = found;
  const [memory, death] = await Promise.all([found.memory(), found.death()]);
  return {
    name,
    state: status,
    health: isRunning ? health?.status : undefined,
    upSeconds: isRunning ? Math.round((Date.now() - Date.parse(startedAt)) / 1000) : undefined,
    restarts,
    death,
    memoryBytes: memory?.bytes,
    memoryLimitBytes: memory?.limit,
    image,
    pods,
    startFailure: startFailure(found, environment.name, runtime.host),
  };
}
