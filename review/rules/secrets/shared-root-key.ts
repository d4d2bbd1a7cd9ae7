import { tokensIn } from "../../../plan/secret-tokens";
import { code } from "../../brief";
import type { Rule } from "../../rule";
import type { Container } from "../../world/container";

export const sharedRootKey: Rule = {
  id: "shared-root-key",
  category: "secrets",
  severity: "warning",
  what: "The registry works with the storage's own root key",
  why: "Whoever takes over the registry can delete every bucket and every user, not only the images.",
  fix: "Let the bucket job create a user that may use this one bucket, and give the registry its keys.",
  fact: "RustFS and MinIO have users and policies; the root key passes all of them.",
  posture: ({ containers }) => {
    const storageOf = new Map<string, Container>();
    for (const container of containers.filter(({ role }) => role === "storage")) {
      for (const secret of keysOf(container)) storageOf.set(secret, container);
    }
    return containers
      .filter(({ role }) => role === "registry")
      .flatMap((container) => {
        const shared = keysOf(container).flatMap((secret) => storageOf.get(secret) ?? []);
        const [storage] = shared;
        // A key and a secret: one equal value alone may be chance.
        if (!storage || shared.length < 2) return [];
        const owner = `${storage.title} (${code(storage.name)})`;
        return {
          address: container.address,
          message: `${code(container.name)} uses the same keys as ${owner} itself.`,
        };
      });
  },
};

function keysOf({ told }: Container): readonly string[] {
  return tokensIn(told);
}
