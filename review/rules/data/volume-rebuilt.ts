import { code } from "../../brief";
import { causeOf } from "../../cause";
import type { Problem, Severity } from "../../finding";
import type { Rule } from "../../rule";
import { called, destroyedVolumes } from "../../world/loss";
import type { Contents, Volume } from "../../world/volume";

export const volumeRebuilt: Rule = {
  id: "volume-rebuilt",
  category: "data",
  severity: "info",
  what: "A volume is removed, but nothing in it is lost for good",
  why: "Caches, logs and lists of users are made again. Directories that lie elsewhere stay.",
  fix: "Nothing, unless somebody needs what is in it now.",
  fact: "Removing a `local` volume with bind or NFS options unmounts it and deletes no file.",
  consequence: (transition) =>
    destroyedVolumes(transition, "delete", "replace").flatMap(([volume, change]) => {
      const said = SAID[volume.contents];
      if (!said) return [];
      const [severity, text] = said(volume);
      const cause = causeOf(change, transition.plan);
      const problem: Problem = {
        address: change.address,
        message: `${called(volume)} is removed: ${text}.`,
        cause,
        severity,
      };
      return problem;
    }),
};

const SAID: Partial<Record<Contents, (volume: Volume) => [Severity, string]>> = {
  users: () => [
    "warning",
    "the list of users is gone until the job writes it again, and a registry that finds none invents a user",
  ],
  scratch: () => ["info", "it holds only caches, temporary files or logs"],
  elsewhere: ({ location }) => ["info", `its files lie in ${code(location ?? "another place")} and stay there`],
};
