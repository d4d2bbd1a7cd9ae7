import type { Rule } from "../../rule";
import { successorOf } from "../../world/data";
import { destroyedVolumes, lost } from "../../world/loss";

export const dataVolumeDestroyed: Rule = {
  id: "data-volume-destroyed",
  category: "data",
  severity: "error",
  what: "A volume that holds data is destroyed",
  why: "Docker deletes the files of a volume with the volume, and Kubernetes those of a claim. There is no trash.",
  fix: "Keep the block. To take the volume out of Terraform and keep its files, use a `removed` block with `destroy = false`.",
  fact: "`docker_volume` is deleted with force; Docker refuses only while a container still has it. A claim is deleted when its last pod ends; only a storage class with `reclaimPolicy: Retain` keeps the files.",
  consequence: (transition) =>
    destroyedVolumes(transition, "delete")
      .filter(([volume]) => volume.contents === "data" && !successorOf(volume, transition))
      .map(([volume, change]) => lost(volume, change, transition, "is destroyed")),
};
