import type { Cluster } from "./connection";

/** What carries the pods' traffic, as far as it can be recognised. */
export interface NetworkPlugin {
  readonly name: string;
  /** Whether it keeps NetworkPolicies. @default - it depends on how it was set up */
  readonly enforces?: boolean;
}

/** Names of their DaemonSets, more telling first: Canal is flannel with Calico's policies. */
const KNOWN: readonly (readonly [pattern: RegExp, plugin: NetworkPlugin])[] = [
  [/^(?:calico-node|canal)/, { name: "Calico", enforces: true }],
  [/^cilium(?:-agent)?$/, { name: "Cilium", enforces: true }],
  [/^antrea-agent/, { name: "Antrea", enforces: true }],
  [/^weave-net/, { name: "Weave Net", enforces: true }],
  [/^kube-router/, { name: "kube-router", enforces: true }],
  [/^ovnkube|^ovs-cni/, { name: "OVN-Kubernetes", enforces: true }],
  [/^kindnet/, { name: "kindnet" }],
  [/^aws-node/, { name: "Amazon VPC CNI" }],
  [/^azure-(?:cni|npm)/, { name: "Azure CNI" }],
  [/^kube-flannel/, { name: "flannel", enforces: false }],
];

/** The network plugin, by its DaemonSet; nothing: it cannot be recognised, or nobody may look. */
export async function findNetworkPlugin({ apps }: Pick<Cluster, "apps">): Promise<NetworkPlugin | undefined> {
  const all = await apps.listDaemonSetForAllNamespaces().catch(() => undefined);
  const names = (all?.items ?? []).flatMap(({ metadata }) => metadata?.name ?? []);
  return KNOWN.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1];
}
