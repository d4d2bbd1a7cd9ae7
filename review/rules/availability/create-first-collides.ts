import { code } from "../../brief";
import { attributeText } from "../../name";
import type { Rule } from "../../rule";

export const createFirstCollides: Rule = {
  id: "create-first-collides",
  category: "availability",
  severity: "error",
  what: "A container is to be created before the old one of the same name is gone",
  why: "Docker refuses the name (and the port), so the apply fails.",
  fix: "Drop `create_before_destroy`; with Docker it works only under changing names and ports.",
  fact: "Container names and published ports are unique on a host.",
  consequence: ({ plan }) =>
    plan.changes
      .filter(({ type, createFirst, before, after }) => {
        return (
          type === "docker_container" && createFirst && attributeText(before, "name") === attributeText(after, "name")
        );
      })
      .map(({ address, after }) => ({
        address,
        message: `A second ${code(attributeText(after, "name") ?? address)} is created beside the first: Docker refuses the name.`,
      })),
};
