import type { Change } from "../../../plan/model";
import { code } from "../../brief";
import type { Rule } from "../../rule";
import { destroyedVolumes, lost } from "../../world/loss";

export const dataVolumeReplaced: Rule = {
  id: "data-volume-replaced",
  category: "data",
  severity: "error",
  what: "A volume that holds data is replaced by an empty one",
  why: "Renaming a volume, or changing its labels, driver or options, deletes it with everything in it and creates a new one.",
  fix: "Take the change back. To really move: create the new volume beside the old one, copy the files, switch, remove the old one later.",
  fact: "In `docker_volume`, `name`, `labels`, `driver` and `driver_opts` all force a replacement.",
  consequence: (transition) =>
    destroyedVolumes(transition, "replace")
      .filter(([volume]) => volume.contents === "data")
      .map(([volume, change]) => lost(volume, change, transition, how(change))),
};

function how(change: Change): string {
  const name = change.attributes.find(({ path }) => path === "name");
  return name?.after
    ? `is deleted, an empty one named ${code(name.after)} is created`
    : "is deleted and created again, empty";
}
