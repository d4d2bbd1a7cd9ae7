import { code } from "../../brief";
import type { Rule } from "../../rule";
import { imageChanges } from "../../world/image-changes";

export const imageOtherRepository: Rule = {
  id: "image-other-repository",
  category: "images",
  severity: "warning",
  what: "A container's image comes from another repository",
  why: "Another publisher can put another program under the same name.",
  fix: "Pin the same digest as before; a mirror serves the same bytes under the same digest.",
  fact: "A digest identifies the content wherever it is pulled from.",
  consequence: (transition) =>
    imageChanges(transition)
      .filter(
        ({ before, after }) =>
          before.repository !== after.repository && (!after.digest || before.digest !== after.digest),
      )
      .map(({ address, container, before, after }) => ({
        address,
        message: `${code(container.name)} pulls from ${code(after.repository)} instead of ${code(before.repository)}.`,
      })),
};
