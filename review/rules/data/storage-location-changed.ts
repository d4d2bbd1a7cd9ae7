import { code } from "../../brief";
import type { Problem } from "../../finding";
import type { Rule } from "../../rule";
import { registrySettings } from "../../world/registries";
import { storageDriver } from "../../world/settings";

/** Keys that say where the images are, apart from the driver itself. */
const PLACE = /^storage\.\w+\.(bucket|rootdirectory|container|accountname|regionendpoint|region)$/;

export const storageLocationChanged: Rule = {
  id: "storage-location-changed",
  category: "data",
  severity: "error",
  what: "The registry looks for its images in another bucket, directory or store",
  why: "Nothing is deleted, but every image that was pushed so far answers 404 until it is copied over.",
  fix: "Copy the old bucket or directory to the new place before applying, or keep the old one.",
  fact: "Distribution keeps no list of its images: what is not under its bucket and root directory does not exist.",
  consequence: (transition) =>
    registrySettings(transition).flatMap(({ change, before, after }) => {
      const problem = (message: string, rest: Partial<Problem> = {}): Problem => ({
        address: change.address,
        message,
        impact: { kind: "left-behind" },
        ...rest,
      });
      const [old, next] = [storageDriver(before), storageDriver(after)];
      if (old && next && old !== next)
        return problem(`The registry stores images with ${code(next)} instead of ${code(old)} and starts empty.`);
      const keys = new Set([...before.values.keys(), ...after.values.keys()].filter((key) => PLACE.test(key)));
      return [...keys].flatMap((key) => {
        const [from, to] = [before.values.get(key), after.values.get(key)];
        if (from === to || !before.complete || !after.complete) return [];
        const values = `${code(key)}: ${from ?? "(none)"} → ${to ?? "(none)"}`;
        return /region(endpoint)?$/.test(key)
          ? problem(
              `The registry asks another S3 endpoint, ${values}: the same store under another name, or an empty one?`,
              { severity: "warning", impact: undefined },
            )
          : problem(`The registry looks for its images elsewhere, ${values}: every image pushed so far is missing.`);
      });
    }),
};
