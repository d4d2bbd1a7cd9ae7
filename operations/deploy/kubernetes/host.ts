import { ENVIRONMENT_LABEL } from "../../../constructs/platform/deployment";
import type { RegistryStack } from "../../../stacks";
import { command } from "../../command";
import { stopIfAsked } from "../../interruption";
import type { Cluster, KubernetesConnection } from "../../kubernetes/connection";
import type { Host } from "../host";
import { KUBERNETES_KINDS, listObjects } from "./kinds";
import { findUnknown } from "./namespace-objects";
import { checkBeforeApply, fateOfDisks } from "./preflight";
import { removeOrphans } from "./removal";
import { watchPods } from "./watch";

/** What an apply asks of a namespace of a cluster. */
export function kubernetesHost(cluster: KubernetesConnection): Host {
  return {
    answered: `Kubernetes ${cluster.serverVersion}, context ${cluster.context}, namespace ${cluster.namespace}`,
    check: ({ environment }, plan, adopt) => checkBeforeApply(cluster, environment, plan, adopt),
    // The nodes pull images themselves, and the pods of before serve until those of now are ready.
    prepare: async ({ environment, interruption }) =>
      stopIfAsked(interruption, "Nothing was changed.", command("up", environment.name)),
    findUnknown: (objects, ownership) => findUnknown(cluster, objects, ownership),
    removeOrphans: (operation, orphans) => removeOrphans(operation, cluster, orphans),
    existing: (stack) => existing(stack, cluster),
    watch: (environment, directory, follow, stop) => watchPods(cluster, environment, directory, follow, stop),
    fateOfData: (claims) => fateOfDisks(cluster, claims),
  };
}

const KINDS = Object.values(KUBERNETES_KINDS);

async function existing({ environment, objects }: RegistryStack, cluster: Cluster): Promise<string[]> {
  const names = new Set(objects.map(({ name }) => name));
  const kinds = KINDS.filter((kind) => ["Deployment", "StatefulSet", "Job", "PersistentVolumeClaim"].includes(kind));
  const found = await Promise.all(
    kinds.map(async (kind) => {
      const all = await listObjects(cluster, kind, `${ENVIRONMENT_LABEL}=${environment.name}`);
      return all.flatMap(({ metadata }) => (names.has(metadata?.name ?? "") ? [`${kind} ${metadata?.name}`] : []));
    }),
  );
  return found.flat();
}
