/**
 * What hashicorp/kubernetes does, written down once. From its source at v3.2.1; what was seen in real runs is in
 * test/review/plans/README.md.
 */

/** `kubernetes_stateful_set_v1` → `stateful_set`; nothing for types of other providers. */
export function kindOf(type: string): string | undefined {
  const kind = /^kubernetes_(\w+?)(?:_v\d+(?:(?:alpha|beta)\d+)?)?$/.exec(type)?.[1];
  return kind === "daemonset" ? "daemon_set" : kind;
}

/** Never a decision of whoever wrote the plan: the cluster sets them, and changes them whenever it likes. */
const COMPUTED =
  /^(?:status|metadata\.(?:generation|resource_version|uid)|spec\.(?:volume_name|cluster_ips?|health_check_node_port|ip_families|ip_family_policy|internal_traffic_policy))(?:\.|$)/;

export function isSetByCluster(type: string, path: string): boolean {
  return kindOf(type) !== undefined && COMPUTED.test(withoutNumbers(path));
}

const METADATA = ["generation", "resource_version", "uid"];

/** The attributes of an object without those of its metadata that change by themselves. */
export function withoutVersion(type: string, name: string, value: unknown): unknown {
  if (kindOf(type) === undefined || name !== "metadata" || !Array.isArray(value)) return value;
  return value.map((item: unknown) =>
    typeof item === "object" && item !== null
      ? Object.fromEntries(Object.entries(item).filter(([key]) => !METADATA.includes(key)))
      : item,
  );
}

/** What the provider and Kubernetes fill in when nobody says anything: not worth a line on create or delete. */
const DEFAULTS: Readonly<Record<string, string>> = {
  allocate_load_balancer_node_ports: "true",
  automount_service_account_token: "true",
  completion_mode: "NonIndexed",
  default_mode: "0644",
  dns_policy: "ClusterFirst",
  enable_service_links: "true",
  failure_threshold: "3",
  image_pull_policy: "IfNotPresent",
  namespace: "default",
  path_type: "ImplementationSpecific",
  period_seconds: "10",
  progress_deadline_seconds: "600",
  protocol: "TCP",
  restart_policy: "Always",
  revision_history_limit: "10",
  scheduler_name: "default-scheduler",
  session_affinity: "None",
  success_threshold: "1",
  termination_grace_period_seconds: "30",
  termination_message_path: "/dev/termination-log",
  termination_message_policy: "File",
  timeout_seconds: "1",
  type: "ClusterIP Opaque",
  wait_for_completion: "true",
  wait_for_load_balancer: "true",
  wait_for_rollout: "true",
  wait_for_service_account_token: "true",
  wait_until_bound: "true",
  mount_propagation: "None",
  volume_mode: "Filesystem",
};

export function isKubernetesDefault(type: string, path: string, value: string | undefined): boolean {
  if (kindOf(type) === undefined || value === undefined) return false;
  const name = path.split(".").at(-1) ?? path;
  return Object.hasOwn(DEFAULTS, name) && (DEFAULTS[name]?.split(" ").includes(value) ?? false);
}

/** `spec.0.template` and `spec.template` are one path: most lists here have one member. */
export function withoutNumbers(path: string): string {
  return path.replace(/\.\d+(?=\.|$)/g, "");
}

/** `10Gi`, `512M`, `0.5Gi`, `1e9` as bytes (k8s.io/apimachinery resource.Quantity). */
export function bytesOf(quantity: unknown): number | undefined {
  const match = /^(\d+(?:\.\d+)?(?:e\d{1,3})?)(m|k|[KMGTPE]i?)?$/.exec(String(quantity ?? ""));
  if (!match) return undefined;
  const [, number = "", unit = ""] = match;
  const power =
    "kKMGTPE".includes(unit.charAt(0)) && unit !== ""
      ? "kMGTPE".indexOf(unit[0] === "K" ? "k" : unit.charAt(0)) + 1
      : 0;
  if (unit === "m") return Number(number) / 1000;
  return Number(number) * (unit.endsWith("i") ? 1024 : 1000) ** power;
}

/** `timeouts` when nothing is said, in seconds: of Deployments, StatefulSets and DaemonSets. */
export const DEFAULT_ROLLOUT_SECONDS = 600;

/** `terminationGracePeriodSeconds` when nothing is said. */
export const DEFAULT_GRACE_SECONDS = 30;
