import { code } from "../../brief";
import type { Rule } from "../../rule";
import type { ImageName } from "../../world/image";

/** Tags that move on purpose. */
const MOVING = /^(latest|stable|edge|main|master|nightly|dev|alpha|beta|rc|alpine|slim|bookworm|v?\d+)$/;

export const imageFloating: Rule = {
  id: "image-floating",
  category: "images",
  severity: "warning",
  what: "An image is named by a tag that moves",
  why: "Two hosts can run different programs under it, and no plan shows that.",
  fix: "Name an exact version and its digest: `name:1.2.3@sha256:…`.",
  fact: "`docker_image` never pulls a moved tag again without `pull_triggers`. RustFS moves `latest` to pre-releases too.",
  posture: ({ containers }) =>
    containers
      .filter(({ image }) => image && moves(image))
      .map(({ address, name, image }) => ({
        address,
        message: `${code(name)} runs ${code(image?.text ?? "")}, a tag that moves.`,
      })),
};

export function moves({ tag, digest }: ImageName): boolean {
  return !digest && (tag === undefined || MOVING.test(tag));
}
