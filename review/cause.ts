import type { Change, Plan } from "../plan/model";
import { brief, code } from "./brief";
import { triggerAttributes } from "./world/settings";

const DELETED: Readonly<Record<string, string>> = {
  delete_because_no_resource_config:
    "its block is not in the configuration any more: it was removed, or its construct id was renamed",
  delete_because_no_module: "its module is not in the configuration any more",
  delete_because_wrong_repetition: "`count` or `for_each` was added to it or taken from it",
  delete_because_count_index: "`count` became smaller",
  delete_because_each_key: "its key is no longer in `for_each`",
  delete_because_no_move_target: "it was moved to an address that is not in the configuration",
};

/** Why Terraform does this, as far as the attributes do not say it. */
export function reasonOf(change: Change, plan: Plan): string | undefined {
  switch (change.reason) {
    case "replace_because_tainted":
      return "an earlier apply failed half-way; Terraform makes it anew (tainted)";
    case "replace_by_request":
      return "somebody asked for it with `-replace`";
    case "replace_by_triggers":
      return `a resource in its \`replace_triggered_by\` changes${likelyTriggers(change, plan)}`;
  }
  const { action, reason = "", type, before } = change;
  if (action === "delete" && type === "docker_image" && before?.keep_locally === true) return "it stays on the host";
  return action === "delete" && Object.hasOwn(DELETED, reason) ? DELETED[reason] : undefined;
}

/** Why Terraform does this, for a sentence that starts with «Cause:». */
export function causeOf(change: Change, plan: Plan): string | undefined {
  const reason = reasonOf(change, plan);
  if (reason !== undefined || change.action === "delete") return reason;
  const forcing = change.attributes.filter(({ forcesReplacement }) => forcesReplacement);
  const shown = (forcing.length > 0 ? forcing : change.attributes).slice(0, 3);
  if (shown.length === 0)
    return change.replacePaths.length > 0 ? change.replacePaths.map((path) => `\`${path}\``).join(", ") : undefined;
  const more = (forcing.length > 0 ? forcing : change.attributes).length - shown.length;
  return shown.map(brief).join("; ") + (more > 0 ? `; and ${more} more` : "");
}

const candidates = new WeakMap<Plan, readonly Change[]>();

/** A plan does not tell which trigger it was; the changed ones are named. */
function likelyTriggers(change: Change, plan: Plan): string {
  const likely = candidates.get(plan) ?? changedTriggers(plan);
  candidates.set(plan, likely);
  const names = likely.filter(({ address }) => address !== change.address).slice(0, 3);
  return names.length > 0 ? `, here ${names.map(({ address }) => code(address)).join(" or ")}` : "";
}

function changedTriggers({ changes }: Plan): readonly Change[] {
  const active = changes.filter(({ action }) => action !== "none" && action !== "read");
  const triggers = active.filter(({ type }) => triggerAttributes(type).length > 0);
  return (triggers.length > 0 ? triggers : active.filter(({ type }) => type === "docker_container")).slice(0, 4);
}
