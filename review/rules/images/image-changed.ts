import { code } from "../../brief";
import type { Rule } from "../../rule";
import { shortImage } from "../../world/image";
import { imageChanges } from "../../world/image-changes";

export const imageChanged: Rule = {
  id: "image-changed",
  category: "images",
  severity: "info",
  what: "A container runs another image",
  why: "New behaviour, new defaults, new bugs.",
  fix: "Read the release notes between the two versions. Pull the image on the host before applying: the old container is stopped first.",
  fact: "A changed `docker_image` is destroyed and created, so the pull happens while the container is down.",
  consequence: (transition) =>
    imageChanges(transition).map(({ address, container, before, after }) => ({
      address,
      message: `${code(container.name)}: image ${shortImage(before)} → ${shortImage(after)}.`,
    })),
};
