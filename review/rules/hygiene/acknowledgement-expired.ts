import { isExpired } from "../../acknowledgements";
import type { Rule } from "../../rule";

export const acknowledgementExpired: Rule = {
  id: "acknowledgement-expired",
  category: "hygiene",
  severity: "warning",
  what: "An acknowledgement in `review.yaml` is past its date",
  why: "It no longer counts; what it accepted is a finding again.",
  fix: "Repair what it covered, or decide again and give it a new date.",
  fact: "`until` is the last day on which it counts.",
  afterwards: ({ policy, today }) =>
    policy.acknowledge
      .filter((acknowledgement) => isExpired(acknowledgement, today))
      .map(({ rule, address, until }) => ({
        address,
        message: `The acknowledgement of \`${rule}\` expired on ${until}.`,
      })),
};
