import { code } from "../../brief";
import { causeOf } from "../../cause";
import type { Rule } from "../../rule";

export const storageNodesChanged: Rule = {
  id: "storage-nodes-changed",
  category: "data",
  severity: "error",
  what: "The storage runs on another number of nodes",
  why: "Its nodes together are one erasure set, fixed when it is first started. With another number it does not start, or starts empty: every image pushed so far is missing.",
  fix: "Back up, make a new environment with that number of nodes, restore into it. `storage.nodes` cannot be changed in place.",
  fact: "RustFS and MinIO write the layout of the set, with all its drives, into each drive; a drive that is not part of it is refused.",
  consequence: (transition) =>
    transition.containers.flatMap(({ change, before, after }) => {
      const [from, to] = [before?.workload?.replicas, after?.workload?.replicas];
      const isStore = after?.role === "storage" && (after.title === "RustFS" || after.title === "MinIO");
      // Zero is a pause: another rule says so.
      if (!isStore || !from || !to || from === to) return [];
      return {
        address: change.address,
        message: `${after.title} (${code(after.name)}) runs on ${to} ${to === 1 ? "node" : "nodes"} instead of ${from}: another erasure set, in which the images are not.`,
        cause: causeOf(change, transition.plan),
        impact: { kind: "left-behind" as const },
      };
    }),
};
