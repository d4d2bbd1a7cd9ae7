import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../../failure";
import type { Cluster } from "../../kubernetes/connection";
import type { Operation } from "../../operation";
import { inStage } from "../../progress";
import type { FoundObject } from "../objects";
import { deleteObject, KUBERNETES_KINDS, type KubernetesKind, readObject } from "./kinds";

/** Longer than any pod of ours may take to stop. */
const PATIENCE_MS = 180_000;

/** Removes what an apply left when it was killed, and waits until it is gone, pods and all. Claims are never removed here. */
export async function removeOrphans(
  { progress, interruption }: Operation,
  cluster: Cluster,
  orphans: readonly FoundObject[],
): Promise<void> {
  const going = Object.values(KUBERNETES_KINDS).flatMap((kind) =>
    orphans.filter((one) => one.kind === kind && !one.holdsData).map((one) => ({ ...one, kind })),
  );
  if (going.length === 0) return;
  await inStage(progress, "tidy up", async (stage) => {
    for (const { kind, name, id } of going) {
      stage.now(`${kind} ${name}: it is gone when its pods have stopped`);
      await deleteObject(cluster, kind, name, id);
      await untilGone(cluster, kind, name, id, interruption.gentle);
      stage.line(`${kind} ${name} removed`);
    }
    return { value: undefined, result: `${going.length} left over by an apply that was killed` };
  });
}

async function untilGone(
  cluster: Cluster,
  kind: KubernetesKind,
  name: string,
  uid: string,
  gentle: AbortSignal,
): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await readObject(cluster, kind, name);
    if (found?.metadata?.uid !== uid || gentle.aborted) return;
    if (Date.now() > end) break;
    await sleep(1_000);
  }
  const { context, namespace } = cluster;
  throw new Failure(
    `${kind} ${name} was left by an apply that was killed, and does not go`,
    `see what holds it: kubectl --context ${context} -n ${namespace} get ${kind} ${name} -o yaml (finalizers), kubectl --context ${context} -n ${namespace} get pods`,
  );
}
