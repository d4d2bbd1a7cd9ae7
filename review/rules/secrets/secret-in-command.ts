import { holdsSecret } from "../../../plan/secret-tokens";
import { code } from "../../brief";
import type { Rule } from "../../rule";

export const secretInCommand: Rule = {
  id: "secret-in-command",
  category: "secrets",
  severity: "warning",
  what: "A credential stands in a command, a health check or a label",
  why: "It shows in process lists and in `docker inspect`, and it lies in the state in clear text.",
  fix: "Let the command read it from a file.",
  fact: "Docker shows arguments and labels to everybody who may ask it, and so does `ps` on the host.",
  posture: ({ containers }) =>
    containers.flatMap((container) => {
      const places = [
        container.arguments.some(holdsSecret) ? "its command" : undefined,
        container.healthCommand.some(holdsSecret) ? "its health check" : undefined,
        [...container.labels.values()].some(holdsSecret) ? "a label" : undefined,
      ].filter((place) => place !== undefined);
      return places.length > 0
        ? {
            address: container.address,
            message: `${code(container.name)} has a credential in ${places.join(" and ")}.`,
          }
        : [];
    }),
};
