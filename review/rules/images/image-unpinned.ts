import { code } from "../../brief";
import type { Rule } from "../../rule";
import { moves } from "./image-floating";

export const imageUnpinned: Rule = {
  id: "image-unpinned",
  category: "images",
  severity: "info",
  what: "An image is pinned by tag, not by digest",
  why: "Whoever controls the repository can put another program behind the same tag.",
  fix: "Add the digest: `docker buildx imagetools inspect NAME:TAG` prints it.",
  fact: "Tags can be pushed again; a digest is the hash of the content.",
  posture: ({ containers }) =>
    containers
      .filter(({ image }) => image && !image.digest && !moves(image))
      .map(({ address, name, image }) => ({
        address,
        message: `${code(name)} runs ${code(image?.text ?? "")} without a digest.`,
      })),
};
