import { holdsSecret } from "../../../plan/secret-tokens";
import { code } from "../../brief";
import type { Rule } from "../../rule";

export const secretInEnv: Rule = {
  id: "secret-in-env",
  category: "secrets",
  severity: "warning",
  what: "A credential is given as an environment variable",
  why: "Everybody who may run `docker inspect` reads it, child processes inherit it, and it lies in the state in clear text.",
  fix: "Give it as a file: `upload` to /run/secrets and the program's `*_FILE` variable or configuration key.",
  fact: "`env` is not sensitive to the provider. One sensitive element hides the whole set, so that reviewers see no change of it at all.",
  posture: ({ containers }) =>
    containers.flatMap(({ address, name, env, envInView }) => {
      if (envInView === "secret") {
        return {
          address,
          message: `The environment of ${code(name)} holds a secret, which hides all of it from review.`,
        };
      }
      const secret = [...env].filter(([, value]) => holdsSecret(value)).map(([variable]) => code(variable));
      return secret.length > 0
        ? { address, message: `${code(name)} gets credentials in its environment: ${secret.sort().join(", ")}.` }
        : [];
    }),
};
