import type { Rule } from "../../rule";
import { registrySettings } from "../../world/registries";

export const clientDeletesEnabled: Rule = {
  id: "client-deletes-enabled",
  category: "data",
  severity: "warning",
  what: "Clients may delete images from now on",
  why: "The registry has no rights per repository. Every user who can log in can delete every image.",
  fix: "Leave `storage.delete.enabled` off, unless garbage collection needs it and you trust every user.",
  fact: "htpasswd knows users, no permissions; with `delete.enabled: false` DELETE answers 405.",
  consequence: (transition) =>
    registrySettings(transition)
      .filter(
        ({ before, after }) => before.complete && before.values.get(KEY) !== "true" && after.values.get(KEY) === "true",
      )
      .map(({ change }) => ({
        address: change.address,
        message: `Every user may delete images from now on (\`${KEY}\`).`,
      })),
};

const KEY = "storage.delete.enabled";
