import type { Container, Mount } from "../world/container";
import { contentsOf, type Volume } from "../world/volume";
import type { KubernetesObject } from "./object";

/** A PersistentVolumeClaim as what it is to people: a volume. Its files go with it, unless its class keeps them (`reclaimPolicy: Retain`). */
export function readClaim(claim: KubernetesObject, containers: readonly Container[]): Volume | undefined {
  if (claim.kind !== "persistent_volume_claim") return undefined;
  const users = containers
    .filter(({ workload }) => workload?.namespace === claim.namespace)
    .flatMap((container) =>
      container.mounts
        .filter((mount) => isMountOf(mount, claim.name))
        .map((mount): readonly [Container, Mount] => [container, mount]),
    );
  return {
    address: claim.address,
    name: claim.name,
    noun: "claim",
    namespace: claim.namespace,
    users,
    contents: contentsOf(users),
  };
}

function isMountOf({ kind, source }: Mount, name: string): boolean {
  if (kind !== "volume" || source === undefined) return false;
  // `data-store-3` is one of `data-store-*`.
  return source === name || source === name.replace(/-\d+$/, "-*");
}
