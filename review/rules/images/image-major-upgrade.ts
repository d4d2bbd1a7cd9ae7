import { code } from "../../brief";
import type { Rule } from "../../rule";
import { versionOf } from "../../world/image";
import { imageChanges } from "../../world/image-changes";

export const imageMajorUpgrade: Rule = {
  id: "image-major-upgrade",
  category: "images",
  severity: "warning",
  what: "A container jumps to a new major version",
  why: "Configuration keys disappear, data is converted, and the way back is often closed.",
  fix: "Read the migration notes, try it on a copy, back up before applying.",
  fact: "Distribution 3 dropped storage drivers and moved its configuration file; the first number of the tag says so.",
  consequence: (transition) =>
    imageChanges(transition).flatMap(({ address, container, before, after }) => {
      const [old, next] = [versionOf(before), versionOf(after)];
      if (container.isJob || before.repository !== after.repository || !old || !next || (next[0] ?? 0) <= (old[0] ?? 0))
        return [];
      return { address, message: `${code(container.name)} jumps from version ${before.tag} to ${after.tag}.` };
    }),
};
