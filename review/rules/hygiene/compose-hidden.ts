import { code } from "../../brief";
import type { Rule } from "../../rule";

export const composeHidden: Rule = {
  id: "compose-hidden",
  category: "hygiene",
  severity: "warning",
  what: "Containers come from a compose file that no plan shows",
  why: "Editing the file plans nothing, and this review cannot see what runs.",
  fix: "Describe the containers as resources.",
  fact: "`docker_compose` keeps the paths of its files, no hash of their content.",
  posture: ({ resources }) =>
    resources
      .filter(({ type }) => type === "docker_compose")
      .map(({ address }) => ({ address, message: `What ${code(address)} runs is not in the plan.` })),
};
