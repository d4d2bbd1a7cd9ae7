import type { Failure } from "../failure";
import type { Interruption } from "../interruption";
import type { Operation } from "../operation";
import { connect } from "../runtime/connect";
import type { Runtime } from "../runtime/runtime";
import { hostOf } from "./host";
import type { ResourceProgress } from "./resource-progress";

/** Looks at what an apply makes while Terraform waits for it. */
export interface ApplyWatch {
  /** Terraform runs, as a process of that number. */
  started(pid: number): void;
  /** Aborted when something cannot come up: waiting longer would mend nothing. */
  readonly hopeless: AbortSignal;
  /** Waits for what Terraform has changed without waiting for it. @returns why it cannot come up; nothing: it is there, or a person stopped it */
  settle(): Promise<Failure | undefined>;
  /** Ends the looking. @returns why something cannot come up; nothing: nothing is known to be wrong */
  end(): Promise<Failure | undefined>;
}

/** Begins to look, where a platform has something to see. */
export async function watchApply(
  { environment, variables, interruption }: Operation,
  directory: string,
  follow: ResourceProgress,
): Promise<ApplyWatch | undefined> {
  // A Docker Engine makes a container at once, or says why not.
  if (!environment.kubernetes) return undefined;
  const runtime: Runtime | undefined = await connect(environment, variables).catch(() => undefined);
  return runtime && hostOf(runtime).watch?.(environment.name, directory, follow, interruption.gentle);
}

/** An interruption that is asked for by a person, or by a watch. */
export function orHopeless(interruption: Interruption, watch: ApplyWatch | undefined): Interruption {
  return watch ? { ...interruption, gentle: AbortSignal.any([interruption.gentle, watch.hopeless]) } : interruption;
}
