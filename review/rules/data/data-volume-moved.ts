import { code } from "../../brief";
import type { Rule } from "../../rule";
import { successorOf } from "../../world/data";
import { destroyedVolumes, lost } from "../../world/loss";

export const dataVolumeMoved: Rule = {
  id: "data-volume-moved",
  category: "data",
  severity: "error",
  what: "A data volume's address changed, so Terraform destroys it under the old one",
  why: "To Terraform a new construct id is a new resource. It adopts the existing volume under the new address and deletes it under the old one.",
  fix: "Tell Terraform that it is the same: a `moved` block, in CDKTF `moveTo` or `overrideLogicalId`.",
  fact: "Seen with Docker: create answers at once, since the name exists, and delete then removes the files as soon as no container holds the volume. Kubernetes refuses to create a claim whose name exists, or creates it after the old one and its files are gone.",
  consequence: (transition) =>
    destroyedVolumes(transition, "delete").flatMap(([volume, change]) => {
      const successor = successorOf(volume, transition);
      if (!successor || volume.contents !== "data") return [];
      return {
        ...lost(
          volume,
          change,
          transition,
          `is destroyed under its old address; ${code(successor.address)} is the same volume`,
        ),
      };
    }),
};
