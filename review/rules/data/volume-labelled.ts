import { get, list } from "../../../plan/json";
import { code } from "../../brief";
import type { Rule } from "../../rule";

export const volumeLabelled: Rule = {
  id: "volume-labelled",
  category: "data",
  severity: "info",
  what: "A data volume has labels",
  why: "The next change of a label deletes the volume with its data. A version number in a label is enough.",
  fix: "Put no labels on data volumes.",
  fact: "In `docker_volume` a changed label forces a replacement.",
  posture: ({ volumes, resources }) =>
    volumes
      .filter(({ contents, address }) => {
        const values = resources.find((resource) => resource.address === address)?.values;
        return contents === "data" && list(get(values, "labels")).length > 0;
      })
      .map(({ address, name }) => ({ address, message: `Data volume ${code(name ?? address)} has labels.` })),
};
