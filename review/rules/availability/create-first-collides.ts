import { kindOf } from "../../../plan/kubernetes-facts";
import { code } from "../../brief";
import { attributeText, metadataOf, nameOf } from "../../name";
import type { Rule } from "../../rule";

export const createFirstCollides: Rule = {
  id: "create-first-collides",
  category: "availability",
  severity: "error",
  what: "A container or object is to be created before the old one of the same name is gone",
  why: "Docker and Kubernetes refuse the name (and the port), so the apply fails.",
  fix: "Drop `create_before_destroy`; it works only under changing names and ports.",
  fact: "Container names and published ports are unique on a host, names of objects in a namespace.",
  consequence: ({ plan }) =>
    plan.changes
      .filter(({ type, createFirst, before, after }) => {
        const names = type === "docker_container" || kindOf(type) !== undefined;
        return names && createFirst && placeOf(before) === placeOf(after);
      })
      .map(({ address, type, after }) => ({
        address,
        message: `A second ${code(nameOf(after) ?? address)} is created beside the first: ${refuser(type)} refuses the name.`,
      })),
};

function placeOf(values: unknown): string {
  return `${attributeText(metadataOf(values), "namespace") ?? ""}/${nameOf(values) ?? ""}`;
}

function refuser(type: string): string {
  return kindOf(type) === undefined ? "Docker" : "Kubernetes";
}
