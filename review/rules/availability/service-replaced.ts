import { type Rule, replacedServices } from "../../rule";
import { interruption } from "../../world/interruption";

export const serviceReplaced: Rule = {
  id: "service-replaced",
  category: "availability",
  severity: "warning",
  what: "A running container is replaced",
  why: "It stops and starts again. Whoever uses it, or reaches the registry through it, is interrupted.",
  fix: "Apply when nobody needs it, or announce it.",
  fact: "Almost every attribute of `docker_container` forces a replacement.",
  consequence: (transition) =>
    replacedServices(transition)
      .filter(({ before }) => before.role !== "registry" && before.role !== "storage")
      .map((entry) => {
        const effect = entry.before.role === "proxy" ? "nobody gets through it" : "it does not answer";
        return interruption(entry, transition, entry.before.name, effect);
      }),
};
