import { code } from "../../brief";
import type { Rule } from "../../rule";
import { registrySettings } from "../../world/registries";
import { hasAuth, type Settings } from "../../world/settings";

export const rightsRemoved: Rule = {
  id: "rights-removed",
  category: "exposure",
  severity: "error",
  what: "A registry that asked for rights asks for a password only",
  why: "Whoever has a password, robots and readers too, can pull, overwrite and delete everything from now on.",
  fix: "Keep `access` in the environment file, or remove the users who must not have every right first.",
  fact: "Distribution knows rights by `auth.token` only: `auth.htpasswd` has users, and nothing that they may or may not.",
  consequence: (transition) =>
    registrySettings(transition)
      .filter(({ before, after }) => takesTokens(before) && after.complete && hasAuth(after) && !takesTokens(after))
      .map(({ change, container }) => ({
        address: change.address,
        message: `Registry ${code(container.name)} no longer asks what a user may: every user pulls, pushes and deletes everything.`,
      })),
};

const takesTokens = ({ values }: Settings) => [...values.keys()].some((key) => key.startsWith("auth.token."));
