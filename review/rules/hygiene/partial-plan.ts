import type { Rule } from "../../rule";

export const partialPlan: Rule = {
  id: "partial-plan",
  category: "hygiene",
  severity: "warning",
  what: "The plan covers only a part",
  why: "What was left out is not reviewed. The next full plan may do more than this one shows.",
  fix: "Plan without `-target`.",
  fact: "Terraform marks such a plan `complete: false`.",
  consequence: ({ plan }) =>
    plan.complete
      ? []
      : [
          {
            address: "(plan)",
            message: "This plan was made with `-target`, or left something for later. It is not the whole.",
          },
        ],
};
