import { get } from "../../../plan/json";
import { code } from "../../brief";
import { attributeText } from "../../name";
import type { Rule } from "../../rule";

export const networkOpened: Rule = {
  id: "network-opened",
  category: "exposure",
  severity: "error",
  what: "An internal network gets a way out",
  why: "What was cut off can now reach the internet and be published, for example the storage.",
  fix: "Keep `internal = true`; let only the registry join a second network.",
  fact: "Docker gives an internal network no gateway. Dropping the attribute instead of setting it to false plans no change at all.",
  consequence: ({ plan }) =>
    plan.changes
      .filter(
        ({ type, before, after }) =>
          type === "docker_network" && get(before, "internal") === true && get(after, "internal") === false,
      )
      .map(({ address, after }) => ({
        address,
        message: `Network ${code(attributeText(after, "name") ?? address)} is no longer internal: everything on it can reach the outside.`,
      })),
};
