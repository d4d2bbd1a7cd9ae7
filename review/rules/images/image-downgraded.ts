import { code } from "../../brief";
import type { Rule } from "../../rule";
import { compareVersions, versionOf } from "../../world/image";
import { imageChanges } from "../../world/image-changes";

export const imageDowngraded: Rule = {
  id: "image-downgraded",
  category: "images",
  severity: "warning",
  what: "A container goes back to an older version",
  why: "An older program may not read what a newer one wrote. Fixed holes are open again.",
  fix: "Make sure that the older version reads the present data; back up first.",
  fact: "Versions are compared by the tag.",
  consequence: (transition) =>
    imageChanges(transition).flatMap(({ address, container, before, after }) => {
      const [old, next] = [versionOf(before), versionOf(after)];
      if (container.isJob || before.repository !== after.repository || !old || !next || compareVersions(next, old) >= 0)
        return [];
      return { address, message: `${code(container.name)} goes back from ${before.tag} to ${after.tag}.` };
    }),
};
