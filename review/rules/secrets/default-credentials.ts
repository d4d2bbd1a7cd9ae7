import { isWellKnownDefault, tokensIn } from "../../../plan/secret-tokens";
import { code } from "../../brief";
import type { Rule } from "../../rule";

export const defaultCredentials: Rule = {
  id: "default-credentials",
  category: "secrets",
  severity: "error",
  what: "A password or key is one that everybody knows",
  why: "Defaults such as `rustfsadmin` and `minioadmin` are the first thing an attacker tries.",
  fix: "Make random ones, at least 20 characters.",
  fact: "RustFS and MinIO start with their documented defaults and only log a warning.",
  posture: ({ containers, resources }) => {
    const inUse = resources.filter(
      ({ type, values }) => !type.startsWith("docker_image") && tokensIn(values).some(isWellKnownDefault),
    );
    return inUse.map(({ address }) => {
      const name = containers.find((container) => container.address === address)?.name ?? address;
      return { address, message: `${code(name)} uses a well-known default as a password or key.` };
    });
  },
};
