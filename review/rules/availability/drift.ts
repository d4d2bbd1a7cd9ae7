import { allowsBefore } from "../../../plan/docker-facts";
import { kindOf } from "../../../plan/kubernetes-facts";
import type { Change } from "../../../plan/model";
import { brief, code } from "../../brief";
import { nameOf } from "../../name";
import type { Rule } from "../../rule";

export const drift: Rule = {
  id: "drift",
  category: "availability",
  severity: "warning",
  what: "Something was changed outside Terraform",
  why: "Somebody had a reason, perhaps an incident. The apply undoes the change.",
  fix: "Ask who did it. Put it into the configuration, or apply to undo it.",
  fact: "The provider never reads back `env`, `labels`, `volumes` and `upload`: changes of those by hand do not show. Pods that Kubernetes itself adds or moves are no change.",
  consequence: ({ plan }) =>
    plan.drift.flatMap((change) => {
      const isStop = change.attributes.some(({ path, after }) => path === "must_run" && after === undefined);
      if (isStop) return [];
      const planned = plan.changes.find(({ address }) => address === change.address);
      const name = code(nameOf(change.before) ?? change.address);
      const what =
        change.action === "delete"
          ? `${name} was removed outside Terraform${removedHow(change, plan.dockerProvider)}`
          : `${name} was changed outside Terraform: ${changesOf(change)}`;
      return { address: change.address, message: `${what}. ${whatApplyDoes(planned)}` };
    }),
};

function removedHow({ type }: Change, provider: string | undefined): string {
  if (type === "docker_volume" || kindOf(type) === "persistent_volume_claim") return ", with everything in it";
  // Seen with 3.9.0: a container that was only stopped is gone after `terraform plan`.
  const planRemoves = type === "docker_container" && provider !== undefined && allowsBefore(provider, 4, 0);
  return planRemoves ? ", or by this very plan: provider 3.x removes a stopped container while it plans" : "";
}

function changesOf({ attributes }: Change): string {
  const more = attributes.length > 3 ? `; and ${attributes.length - 3} more` : "";
  return attributes.slice(0, 3).map(brief).join("; ") + more;
}

function whatApplyDoes(planned: Change | undefined): string {
  switch (planned?.action) {
    case "create":
      return "The apply creates it again.";
    case "replace":
      return "The apply replaces it.";
    case "update":
      return "The apply undoes it.";
    case "delete":
      return "The apply removes it.";
    default:
      return "The apply leaves it as it is now.";
  }
}
