import { code } from "../../brief";
import type { Rule } from "../../rule";
import { declarationOf } from "../../world/world";

export const dataVolumeUnprotected: Rule = {
  id: "data-volume-unprotected",
  category: "data",
  severity: "warning",
  what: "A data volume has no `prevent_destroy`",
  why: "One wrong rename deletes it, and only a reviewer can stop that.",
  fix: "Add `lifecycle { prevent_destroy = true }`.",
  fact: "A plan does not say what is protected, so only a configuration can be checked for it. Renaming the block gets around the protection; the plan's rules catch that.",
  posture: ({ plan, volumes }) =>
    volumes
      .filter(({ contents, address }) => contents === "data" && declarationOf(plan, address)?.preventDestroy === false)
      .map(({ address, name, noun }) => ({
        address,
        message: `Data ${noun} ${code(name ?? address)} is not protected from being destroyed.`,
      })),
};
