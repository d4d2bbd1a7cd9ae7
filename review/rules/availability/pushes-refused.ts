import type { Rule } from "../../rule";
import { registrySettings } from "../../world/registries";

export const pushesRefused: Rule = {
  id: "pushes-refused",
  category: "availability",
  severity: "warning",
  what: "The registry becomes read-only",
  why: "Every push answers 405 until it is switched back; pulls work.",
  fix: "Say in the pull request until when. Garbage collection needs it only while it runs.",
  fact: "With `storage.maintenance.readonly.enabled` all writing methods answer 405.",
  consequence: (transition) =>
    registrySettings(transition)
      .filter(({ before, after }) => before.values.get(KEY) !== "true" && after.values.get(KEY) === "true")
      .map(({ change }) => ({
        address: change.address,
        message: "Every push is refused (405) from now on; pulls still work.",
      })),
};

const KEY = "storage.maintenance.readonly.enabled";
