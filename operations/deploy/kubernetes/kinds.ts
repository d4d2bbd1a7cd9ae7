import type { KubernetesClients } from "../../kubernetes/clients";
import type { Cluster } from "../../kubernetes/connection";
import { orNothing } from "../../kubernetes/failure";

/** The kinds of objects that an environment consists of, by Terraform's type; those with pods first. */
export const KUBERNETES_KINDS = {
  kubernetes_deployment_v1: "Deployment",
  kubernetes_stateful_set_v1: "StatefulSet",
  kubernetes_job_v1: "Job",
  kubernetes_ingress_v1: "Ingress",
  kubernetes_service_v1: "Service",
  kubernetes_pod_disruption_budget_v1: "PodDisruptionBudget",
  kubernetes_network_policy_v1: "NetworkPolicy",
  kubernetes_secret_v1: "Secret",
  kubernetes_config_map_v1: "ConfigMap",
  kubernetes_service_account_v1: "ServiceAccount",
  kubernetes_persistent_volume_claim_v1: "PersistentVolumeClaim",
} as const;

export type KubernetesKind = (typeof KUBERNETES_KINDS)[keyof typeof KUBERNETES_KINDS];

/** The kind whose objects hold data. */
export const CLAIM: KubernetesKind = "PersistentVolumeClaim";

const CLIENTS: Readonly<Record<KubernetesKind, keyof KubernetesClients>> = {
  Deployment: "apps",
  StatefulSet: "apps",
  Job: "batch",
  Ingress: "networking",
  Service: "core",
  PodDisruptionBudget: "policy",
  NetworkPolicy: "networking",
  Secret: "core",
  ConfigMap: "core",
  ServiceAccount: "core",
  PersistentVolumeClaim: "core",
};

/** What all objects have. */
export interface KubernetesObject {
  readonly metadata?: {
    readonly name?: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: Date;
  };
  readonly spec?: unknown;
}

/** Objects of the namespace with a label. */
export async function listObjects(cluster: Cluster, kind: KubernetesKind, labelSelector: string) {
  const { namespace } = cluster;
  const { items } = (await call(cluster, kind, "list", { namespace, labelSelector })) as { items: KubernetesObject[] };
  return items;
}

/** An object of the namespace; nothing: there is none. */
export function readObject(cluster: Cluster, kind: KubernetesKind, name: string) {
  const { namespace } = cluster;
  return orNothing(call(cluster, kind, "read", { namespace, name })) as Promise<KubernetesObject | undefined>;
}

/** Deletes the very object that was seen, and what belongs to it, such as pods; it is gone when those are. */
export async function deleteObject(
  cluster: Cluster,
  kind: KubernetesKind,
  name: string,
  uid: string | undefined,
): Promise<void> {
  const { namespace } = cluster;
  const body = { propagationPolicy: "Foreground", preconditions: { uid } };
  await orNothing(call(cluster, kind, "delete", { namespace, name, body }));
}

type Method = (request: object) => Promise<unknown>;

/** The methods of the client are called alike for all kinds. */
function call(cluster: Cluster, kind: KubernetesKind, verb: "list" | "read" | "delete", request: object) {
  const client = cluster[CLIENTS[kind]] as unknown as Record<string, Method>;
  return (client[`${verb}Namespaced${kind}`] as Method)(request);
}
