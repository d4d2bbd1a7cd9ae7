import { holdsUsers } from "../../../plan/user-list";
import { code } from "../../brief";
import { contentsOf } from "../../kubernetes/files";
import { objectOf } from "../../kubernetes/object";
import type { Rule } from "../../rule";

export const filesNotReread: Rule = {
  id: "files-not-reread",
  category: "availability",
  severity: "warning",
  what: "A ConfigMap or Secret changes, and the pods that use it go on as they are",
  why: "Programs read their configuration when they start. Pods that start later read the new one: two pods of a service then differ, and a fault shows only at the next restart.",
  fix: "Put a hash of the content into an annotation of the pod, so that a change rolls the pods.",
  fact: "Kubernetes restarts no pod because a ConfigMap or Secret changes. Distribution reads only its list of users again.",
  consequence: (transition) =>
    transition.plan.changes.flatMap((change) => {
      if (change.action !== "update" || !change.before || !change.after) return [];
      const [old, next] = [
        objectOf({ ...change, values: change.before }),
        objectOf({ ...change, values: change.after }),
      ];
      if (!old || !next || (next.kind !== "config_map" && next.kind !== "secret")) return [];
      const [from, to] = [contentsOf(old), contentsOf(next)];
      const changed = [...(to?.keys() ?? [])].filter((key) => from?.get(key) !== to?.get(key));
      const read = [...(to?.values() ?? [])].some((content) => content !== undefined && holdsUsers(content));
      if (changed.length === 0 || read) return [];
      const users = transition.containers.filter(({ effect, after }) => {
        return effect === "none" && after && !after.isJob && after.uploads.some((file) => file.from === change.address);
      });
      if (users.length === 0) return [];
      const names = [...new Set(users.map(({ after }) => code(after?.name ?? "")))];
      return {
        address: change.address,
        message: `${changed.map(code).join(", ")} in ${code(next.name)} changes, and no pod of ${names.join(", ")} is restarted.`,
      };
    }),
};
