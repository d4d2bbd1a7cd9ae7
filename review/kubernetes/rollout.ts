import { get, text } from "../../plan/json";
import type { Change } from "../../plan/model";
import type { Container } from "../world/container";
import { block } from "./object";

/** What a change does to running pods. */
export type Rollout =
  /** They stay as they are. */
  | "none"
  /** Enough of them answer all the time. */
  | "rolled"
  /** Nobody answers for a while. */
  | "interrupted"
  /** Nothing, until somebody deletes each of them. */
  | "by-hand";

/** Where an object says what its pods are. */
const TEMPLATE = /^spec\.template\./;

/** Nodes of a store that bears one that is away. A database may have one leader. */
const BEARS_ONE_AWAY = 4;

export function rolloutOf(change: Change, after: Container): Rollout {
  if (change.action === "replace") return "interrupted";
  if (change.action !== "update" || !change.attributes.some(({ path }) => TEMPLATE.test(path))) return "none";
  const { kind, replicas } = after.workload ?? {};
  const spec = block(after.values, "spec");
  switch (kind) {
    case "deployment":
      return get(spec, "paused") === true ? "by-hand" : availableOf(spec, replicas ?? 1) > 0 ? "rolled" : "interrupted";
    case "stateful_set": {
      if (text(block(spec, "update_strategy").type) === "OnDelete") return "by-hand";
      const needsMajority = after.role === "storage" || after.role === "database";
      return (replicas ?? 1) >= (needsMajority ? BEARS_ONE_AWAY : 2) ? "rolled" : "interrupted";
    }
    case "daemon_set":
      return "rolled";
    case "replication_controller":
      return "by-hand";
    default:
      return "none";
  }
}

/** How many pods of a Deployment answer at every moment of its update. Percentages: surge is rounded up, the other down. */
export function availableOf(spec: unknown, replicas: number): number {
  const strategy = block(spec, "strategy");
  if (text(strategy.type) === "Recreate") return 0;
  const rolling = block(strategy, "rolling_update");
  const surge = portion(rolling.max_surge, replicas, Math.ceil);
  const away = portion(rolling.max_unavailable, replicas, Math.floor);
  // Kubernetes takes 1 where both come out as 0.
  return replicas - (surge === 0 && away === 0 ? 1 : away);
}

function portion(value: unknown, replicas: number, round: (number: number) => number): number {
  const [, number, percent] = /^(\d+)(%?)$/.exec(String(value ?? "25%")) ?? ["", "25", "%"];
  return percent ? round((Number(number) * replicas) / 100) : Number(number);
}
