import { get, strings } from "../../../plan/json";
import { code } from "../../brief";
import { block, type KubernetesObject, selects, textMap } from "../../kubernetes/object";
import { attributeText } from "../../name";
import type { Rule } from "../../rule";
import type { Workload } from "../../world/container";

export const storageNetworkOpen: Rule = {
  id: "storage-network-open",
  category: "exposure",
  severity: "info",
  what: "The storage is on a network that is not internal, or under no NetworkPolicy",
  why: "Whoever takes over the storage can send everything out, and others on that network reach it.",
  fix: "Put storage and its jobs on a network with `internal = true` that only the registry joins as well; in a cluster, write a NetworkPolicy that lets in the registry only.",
  fact: "An internal Docker network has no gateway: nothing gets in or out but through its members. Pods that no NetworkPolicy selects accept everybody.",
  posture: ({ containers, resources, objects }) => {
    const open = new Set(
      resources
        .filter(({ type, values }) => type === "docker_network" && get(values, "internal") !== true)
        .map(({ values }) => attributeText(values, "name")),
    );
    const stores = containers.filter(({ role }) => role === "storage" || role === "database");
    const unguarded = stores.filter(
      ({ workload }) => workload && !objects.some((object) => limitsEntry(object, workload)),
    );
    const inCluster = unguarded.map(({ address, name }) => ({
      address,
      message: `${code(name)} is under no NetworkPolicy: every pod of the cluster reaches it.`,
    }));
    const onNetworks = stores.flatMap(({ address, name, networks }) =>
      networks
        .filter((network) => open.has(network))
        .map((network) => ({ address, message: `${code(name)} is on ${code(network)}, which is not internal.` })),
    );
    return [...inCluster, ...onNetworks];
  },
};

function limitsEntry({ kind, namespace, spec }: KubernetesObject, workload: Workload): boolean {
  if (kind !== "network_policy" || namespace !== workload.namespace) return false;
  const selector = textMap(block(spec, "pod_selector").match_labels);
  return strings(spec.policy_types).includes("Ingress") && selects(selector, workload.podLabels);
}
