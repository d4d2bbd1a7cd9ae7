import { code } from "../brief";
import { maskedTokens } from "../masking";
import type { Rule } from "../rule";

export const sharedRootKey: Rule = {
  id: "shared-root-key",
  category: "secrets",
  severity: "warning",
  what: "The registry works with the storage's own root key",
  why: "Whoever takes over the registry can delete every bucket and every user, not only the images.",
  fix: "Let the bucket job create a user that may use this one bucket, and give the registry its keys.",
  fact: "RustFS and MinIO have users and policies; the root key passes all of them.",
  posture: ({ containers }) => {
    const secretsOf = (role: string) =>
      containers
        .filter((container) => container.role === role)
        .map((container) => ({ container, secrets: new Set(maskedTokens(JSON.stringify(container.values))) }));
    const storages = secretsOf("storage");
    return secretsOf("registry").flatMap(({ container, secrets }) => {
      const storage = storages.find(
        ({ secrets: root }) => [...root].filter((secret) => secrets.has(secret)).length >= 2,
      );
      return storage
        ? {
            address: container.address,
            message: `${code(container.name)} uses the same keys as ${storage.container.title} (${code(storage.container.name)}) itself.`,
          }
        : [];
    });
  },
};
