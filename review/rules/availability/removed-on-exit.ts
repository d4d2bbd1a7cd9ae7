import { get } from "../../../plan/json";
import { code } from "../../brief";
import type { Rule } from "../../rule";

export const removedOnExit: Rule = {
  id: "removed-on-exit",
  category: "availability",
  severity: "error",
  what: "A job removes itself while Terraform waits for its end",
  why: 'The apply fails with "No such container".',
  fix: "Drop `rm`; the ended container is what Terraform compares with.",
  fact: "`rm` with `attach`: kreuzwerker/terraform-provider-docker#639, open.",
  posture: ({ containers }) =>
    containers
      .filter(({ values }) => get(values, "rm") === true && get(values, "attach") === true)
      .map(({ address, name }) => ({ address, message: `${code(name)} has both \`rm\` and \`attach\`.` })),
};
