import type { V1Node, V1PodSpec, V1Taint, V1Toleration } from "./library";

/** Which nodes a pod may run on. */
export type Placement = Pick<V1PodSpec, "nodeSelector" | "tolerations">;

/** Whether the scheduler may put a pod on a node, as far as room is not asked for. */
export function takesPod(node: V1Node, placement: Placement): boolean {
  return hasLabels(node, placement) && !node.spec?.unschedulable && repellingTaints(node, placement).length === 0;
}

export function hasLabels({ metadata }: V1Node, { nodeSelector = {} }: Placement): boolean {
  return Object.entries(nodeSelector).every(([key, value]) => metadata?.labels?.[key] === value);
}

/** Taints of a node that keep a pod away. */
export function repellingTaints({ spec }: V1Node, { tolerations = [] }: Placement): V1Taint[] {
  return (spec?.taints ?? []).filter(
    (taint) => taint.effect !== "PreferNoSchedule" && !tolerations.some((one) => tolerates(one, taint)),
  );
}

/** As Kubernetes reads a toleration: what it leaves out may be anything, but for the value. */
function tolerates({ key, operator, value, effect }: V1Toleration, taint: V1Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  return operator === "Exists" || (value ?? "") === (taint.value ?? "");
}

/** As `kubectl taint` takes it. */
export function taintText({ key, value, effect }: V1Taint): string {
  return `${key}${value ? `=${value}` : ""}:${effect}`;
}
