import type { PlanJson, ResourceChange } from "../plan/plan-json";
import { type ChangedSetting, changedSettings, isRealDrift } from "./plan-values";

export type PlanAction = "create" | "update" | "replace" | "delete" | "forget";

export interface SummarizedChange {
  readonly address: string;
  readonly action: PlanAction;
  /** Name of the Docker object. */
  readonly name?: string;
  /** Why it is replaced or deleted, for people; absent when the settings say it. */
  readonly cause?: string;
  readonly settings: readonly ChangedSetting[];
  /** Whether it destroys a volume and what is in it. */
  readonly losesData: boolean;
}

/** What a plan does, without values that may be secret. */
export interface PlanSummary {
  readonly counts: Readonly<Record<PlanAction, number>>;
  /** Losses first, then by address. */
  readonly changes: readonly SummarizedChange[];
  /** Addresses of what somebody changed outside of Terraform since the last apply. */
  readonly drift: readonly string[];
  /** Names of changed outputs. */
  readonly outputs: readonly string[];
}

/** The users' file is made anew from the secrets, so its volume holds nothing that could be lost. */
const REMADE = new Set(["docker_volume.htpasswd_file_volume"]);

/** @param triggers what each resource is replaced with, by address: `lifecycle.replace_triggered_by` */
export function summarizePlan(plan: PlanJson, triggers: Readonly<Record<string, readonly string[]>>): PlanSummary {
  const changes = (plan.resource_changes ?? []).flatMap((change) => summarize(change, triggers) ?? []);
  const counts = { create: 0, update: 0, replace: 0, delete: 0, forget: 0 };
  for (const { action } of changes) counts[action] += 1;
  return {
    counts,
    changes: changes.sort((a, b) => Number(b.losesData) - Number(a.losesData) || a.address.localeCompare(b.address)),
    drift: (plan.resource_drift ?? []).filter(isRealDrift).map(({ address }) => address),
    outputs: Object.entries(plan.output_changes ?? {})
      .filter(([, { actions }]) => actions.some((action) => action !== "no-op"))
      .map(([name]) => name),
  };
}

const COUNTED: Readonly<Record<PlanAction, string>> = {
  create: "to add",
  update: "to change",
  replace: "to replace",
  delete: "to destroy",
  forget: "to forget",
};

/** `2 to add, 1 to replace`, or `no changes`. */
export function countsText({ counts, outputs }: PlanSummary): string {
  const parts = (Object.keys(COUNTED) as PlanAction[]).flatMap((action) =>
    counts[action] > 0 ? [`${counts[action]} ${COUNTED[action]}`] : [],
  );
  if (parts.length > 0) return parts.join(", ");
  return outputs.length > 0 ? "only outputs change" : "no changes";
}

/** Whether a volume's content is worth a warning. */
export function holdsData({ type, address }: { readonly type: string; readonly address: string }): boolean {
  return type === "docker_volume" && !REMADE.has(address);
}

function summarize(change: ResourceChange, triggers: Readonly<Record<string, readonly string[]>>) {
  const action = actionOf(change.change.actions);
  if (!action) return undefined;
  const { before, after } = change.change;
  const name = after?.name ?? before?.name;
  const destroys = action === "delete" || action === "replace";
  const settings = action === "update" || action === "replace" ? changedSettings(change) : [];
  return {
    address: change.address,
    action,
    name: typeof name === "string" ? name : undefined,
    cause: destroys ? cause(change, triggers[change.address] ?? [], settings.length > 0) : undefined,
    settings,
    losesData: destroys && holdsData(change),
  } satisfies SummarizedChange;
}

function actionOf(actions: readonly string[]): PlanAction | undefined {
  if (actions.length === 2) return actions.includes("forget") ? "forget" : "replace";
  const [action] = actions;
  return action === "create" || action === "update" || action === "delete" || action === "forget" ? action : undefined;
}

function cause({ type, action_reason, change }: ResourceChange, triggers: readonly string[], told: boolean) {
  switch (action_reason) {
    case "replace_because_tainted":
      return "its last creation failed";
    case "replace_by_request":
      return "it was asked for with -replace";
    case "replace_by_triggers":
      return `together with ${triggers.join(", ") || "what it depends on"}`;
    case "replace_because_cannot_update": {
      const keys = [...new Set((change.replace_paths ?? []).map((path) => String(path[0])))];
      return told || keys.length === 0 ? undefined : `another ${keys.join(", ")}, known at the apply`;
    }
    case "delete_because_no_resource_config":
      return "it is not in the environment any more";
    default:
      return type === "docker_image" && change.before?.keep_locally === true
        ? "from the state; it stays on the host"
        : undefined;
  }
}
