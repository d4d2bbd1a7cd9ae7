import { get, list } from "../../../plan/json";
import { code } from "../../brief";
import { attributeText } from "../../name";
import type { Rule } from "../../rule";

export const imageNotKept: Rule = {
  id: "image-not-kept",
  category: "images",
  severity: "info",
  what: "An image is deleted from the host together with its resource",
  why: "The apply fails on a host where another environment uses the image.",
  fix: "Set `keep_locally = true`.",
  fact: "`docker_image` removes the image by default; Docker refuses while a container uses it (kreuzwerker/terraform-provider-docker#71).",
  posture: ({ resources }) =>
    resources
      .filter(
        ({ type, values }) =>
          type === "docker_image" && get(values, "keep_locally") !== true && list(get(values, "build")).length === 0,
      )
      .map(({ address, values }) => ({
        address,
        message: `Image ${code(attributeText(values, "name") ?? address)} is deleted with its resource.`,
      })),
};
