import type { DockerConnection } from "../docker/docker";
import type { Operation } from "../operation";
import { applySavedPlan } from "./apply";
import type { FoundObject } from "./engine-objects";
import { importVolumes, removeOrphans } from "./orphans";
import { makePlan, type Planned, secretsOf } from "./plan";
import { checkBeforeApply } from "./preflight";

/** A plan of `up`, and what an earlier apply left that was killed. */
export interface PlannedUp extends Planned {
  readonly orphans: readonly FoundObject[];
}

/**
 * Plans, takes over the volumes that an apply of ours left when it was killed, and plans again when there were some.
 * @param adopt volumes that a person said are the environment's
 * @throws Failure when others have names or ports that the plan needs
 */
export async function planUp(
  operation: Operation,
  docker: DockerConnection,
  adopt: readonly string[] = [],
): Promise<PlannedUp> {
  const planned = await makePlan(operation);
  const orphans = await checkBeforeApply(docker, operation.environment, planned.json, adopt);
  if (!orphans.some(({ kind }) => kind === "volume")) return { ...planned, orphans };
  const { args } = secretsOf(operation, planned.stack.variableNames);
  await importVolumes(operation, planned.stack.directory, orphans, args);
  return { ...(await makePlan(operation)), orphans };
}

/** Applies what `planUp` showed. */
export async function applyUp(operation: Operation, docker: DockerConnection, planned: PlannedUp): Promise<void> {
  const { record, stack, orphans } = planned;
  if (record.changes) await applySavedPlan(operation, docker, planned, stack.directory);
  else await removeOrphans(operation, docker, orphans);
}
