import { interruption } from "../docker/interruption";
import { type Rule, replacedServices } from "../rule";

export const registryReplaced: Rule = {
  id: "registry-replaced",
  category: "availability",
  severity: "warning",
  what: "The registry is replaced",
  why: "Pushes and pulls that are under way break off, new ones are refused. Running containers of your users are not touched, but hosts that must pull now fail.",
  fix: "Apply when no pipeline runs, or announce it.",
  fact: "Almost every attribute of `docker_container` forces a replacement: the old one is stopped and removed before the new one starts.",
  consequence: (transition) =>
    replacedServices(transition)
      .filter(({ before }) => before.role === "registry")
      .map((entry) =>
        interruption(entry, transition, "registry", "`docker push` and `docker pull` fail (connection refused)"),
      ),
};
