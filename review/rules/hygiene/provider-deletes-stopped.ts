import { allowsBefore } from "../../../plan/docker-facts";
import { code } from "../../brief";
import type { Rule } from "../../rule";

export const providerDeletesStopped: Rule = {
  id: "provider-deletes-stopped",
  category: "hygiene",
  severity: "warning",
  what: "The Docker provider may be version 3",
  why: "It deletes a stopped container while it plans. A plan in a pull request is enough.",
  fix: 'Pin the provider to 4.x: `version = "~> 4.5"`.',
  fact: "In 3.x, reading a stopped container calls delete (kreuzwerker/terraform-provider-docker#590); fixed in 4.0.0.",
  posture: ({ plan, containers }) =>
    containers.length > 0 && plan.dockerProvider !== undefined && allowsBefore(plan.dockerProvider, 4, 0)
      ? [
          {
            address: "provider.docker",
            message: `The provider's version is ${code(plan.dockerProvider)}, which allows 3.x.`,
          },
        ]
      : [],
};
