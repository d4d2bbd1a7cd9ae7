import { code } from "../../brief";
import type { Rule } from "../../rule";

const WITHDRAWN: readonly (readonly [RegExp, string])[] = [
  [/(^|\/)minio\/mc$/, "no longer published; RustFS's own image has `curl`, which speaks S3"],
  [/(^|\/)minio\/minio$/, "no longer published"],
  [/^bitnami\//, "moved away from its public repository"],
];

export const imageWithdrawn: Rule = {
  id: "image-withdrawn",
  category: "images",
  severity: "warning",
  what: "An image is no longer published",
  why: "A new host cannot pull it, and nobody closes its holes.",
  fix: "Use what the message names. Until then, mirror the image.",
  fact: "The repositories named here stopped publishing; hosts that still have the image do not notice.",
  posture: ({ containers }) =>
    containers.flatMap(({ address, name, image }) => {
      const found = WITHDRAWN.find(([repository]) => image && repository.test(image.repository));
      return found ? { address, message: `${code(name)} runs ${code(image?.text ?? "")}: ${found[1]}.` } : [];
    }),
};
