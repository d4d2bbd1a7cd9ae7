import type { Environment } from "../../config";
import { ImageReference } from "../../constructs/values/image-reference";

/** rclone, which does the copying; pinned as the other images are. */
const RCLONE = "rclone/rclone:1.75.1@sha256:45401ad7410db1d67ffdb58e19059ad20b0d8e0285a60e38bbec55cc1019c7a5";

/** The image that copies, from the environment's mirror if it has one. */
export function rcloneImage({ images }: Pick<Environment, "images">, given?: string): string {
  if (given) return given;
  const image = ImageReference.parse(RCLONE, "images.rclone");
  return (images.mirror ? image.withMirror(images.mirror) : image).toString();
}
