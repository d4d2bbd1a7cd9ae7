import { code } from "../../brief";
import type { Rule } from "../../rule";

export const addressMoved: Rule = {
  id: "address-moved",
  category: "hygiene",
  severity: "info",
  what: "A resource gets another address, and nothing happens to the object",
  why: "Good to know when reading the next plans.",
  fix: "Nothing.",
  fact: "A `moved` block renames the resource in the state only.",
  consequence: ({ plan }) =>
    plan.changes.flatMap(({ address, previousAddress }) =>
      previousAddress && previousAddress !== address
        ? { address, message: `${code(previousAddress)} is now ${code(address)}; the object stays.` }
        : [],
    ),
};
