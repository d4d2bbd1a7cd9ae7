import { code } from "../../brief";
import type { Rule } from "../../rule";
import { registrySettings } from "../../world/registries";

export const uploadSecretChanged: Rule = {
  id: "upload-secret-changed",
  category: "secrets",
  severity: "info",
  what: "The secret that signs the state of uploads changes",
  why: "Pushes in progress break off and start again.",
  fix: "Nothing, unless several registries share a store: then all need the same `http.secret` at the same time.",
  fact: "Distribution signs the state of an upload with `http.secret`.",
  consequence: (transition) =>
    registrySettings(transition)
      .filter(({ before, after }) => before.values.get(KEY) !== after.values.get(KEY) && before.values.has(KEY))
      .map(({ change, container }) => ({
        address: change.address,
        message: `Registry ${code(container.name)} gets another ${code(KEY)}.`,
      })),
};

const KEY = "http.secret";
