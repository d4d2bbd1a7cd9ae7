import { code } from "../../brief";
import { causeOf } from "../../cause";
import type { Rule } from "../../rule";

export const jobRunsAgain: Rule = {
  id: "job-runs-again",
  category: "availability",
  severity: "info",
  what: "A job runs again",
  why: "Harmless when it only creates what is missing.",
  fix: "Check that it may run twice.",
  fact: "A container that ended is replaced like any other, and starts anew.",
  consequence: (transition) =>
    transition.containers
      .filter(
        ({ change, before, after }) =>
          before && after?.runsOnCreate && (change.action === "replace" || change.action === "create"),
      )
      .map(({ change, after }) => ({
        address: change.address,
        message: `Job ${code(after?.name ?? "")} runs again.`,
        cause: causeOf(change, transition.plan),
      })),
};
