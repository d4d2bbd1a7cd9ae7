import { code } from "../../brief";
import type { Rule } from "../../rule";

export const memoryLowered: Rule = {
  id: "memory-lowered",
  category: "availability",
  severity: "warning",
  what: "A service may use less memory than before, or as much as it likes",
  why: "With less it may be killed under load. Without a limit it can take what others on the machine need, and Kubernetes evicts such pods first.",
  fix: "Look at what it used at its peak, and leave a third above that.",
  fact: "The kernel kills a container at its limit (exit code 137). RustFS works with about 1.1 GiB.",
  consequence: (transition) =>
    transition.containers.flatMap(({ change, before, after }) => {
      const [from, to] = [before?.memoryMb, after?.memoryMb];
      // Undoing what was done by hand: told as drift.
      if (transition.plan.drift.some(({ address }) => address === change.address)) return [];
      if (!after || from === undefined || after.isJob || change.action === "none" || (to ?? 0) >= from) return [];
      return {
        address: change.address,
        message:
          to === undefined
            ? `${code(after.name)} has no limit of memory any more, until now ${from} MiB.`
            : `${code(after.name)} may use ${to} MiB of memory, until now ${from} MiB.`,
      };
    }),
};
