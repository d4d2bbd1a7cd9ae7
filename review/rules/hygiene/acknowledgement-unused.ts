import { isExpired, matches } from "../../acknowledgements";
import type { Rule } from "../../rule";

export const acknowledgementUnused: Rule = {
  id: "acknowledgement-unused",
  category: "hygiene",
  severity: "info",
  what: "An acknowledgement in `review.yaml` matches no finding",
  why: "One day it will accept something else.",
  fix: "Remove it, unless it is meant for plans that do not come up today.",
  fact: "Consequences come and go with the plan; only what a configuration always shows is found every time.",
  afterwards: ({ policy, findings, today }) =>
    policy.acknowledge
      .filter(
        (acknowledgement) =>
          !isExpired(acknowledgement, today) && !findings.some((finding) => matches(acknowledgement, finding)),
      )
      .map(({ rule, address }) => ({
        address,
        message: `The acknowledgement of \`${rule}\` matches nothing in this plan.`,
      })),
};
