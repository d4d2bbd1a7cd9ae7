import { get } from "../../../plan/json";
import { bytesOf } from "../../../plan/kubernetes-facts";
import type { Change } from "../../../plan/model";
import { code } from "../../brief";
import { block } from "../../kubernetes/object";
import type { Rule } from "../../rule";
import { destroyedVolumes, lost } from "../../world/loss";

export const dataVolumeReplaced: Rule = {
  id: "data-volume-replaced",
  category: "data",
  severity: "error",
  what: "A volume that holds data is replaced by an empty one",
  why: "Renaming a volume, or changing its labels, driver or options, deletes it with everything in it and creates a new one. So does a claim's other name, namespace or storage class, and a smaller size.",
  fix: "Take the change back. To really move: create the new volume beside the old one, copy the files, switch, remove the old one later.",
  fact: "In `docker_volume`, `name`, `labels`, `driver` and `driver_opts` all force a replacement. In `kubernetes_persistent_volume_claim_v1` everything does but labels, annotations and a larger request (seen on 3.2.1).",
  consequence: (transition) =>
    destroyedVolumes(transition, "replace")
      .filter(([volume]) => volume.contents === "data")
      .map(([volume, change]) => lost(volume, change, transition, how(change))),
};

function how({ attributes, before, after }: Change): string {
  const changed = (...paths: string[]) => attributes.find(({ path }) => paths.includes(path))?.after;
  const [name, namespace] = [changed("name", "metadata.name"), changed("metadata.namespace")];
  if (name) return `is deleted, an empty one named ${code(name)} is created`;
  if (namespace) return `is deleted, an empty one is created in namespace ${code(namespace)}`;
  const isSmaller = (requestOf(after) ?? 0) < (requestOf(before) ?? 0);
  return isSmaller ? "is deleted to make it smaller, an empty one is created" : "is deleted and created again, empty";
}

function requestOf(values: unknown): number | undefined {
  return bytesOf(get(get(block(values, "spec", "resources"), "requests"), "storage"));
}
