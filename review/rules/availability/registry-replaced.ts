import { interruption } from "../../docker/interruption";
import { type Rule, replacedServices } from "../../rule";

export const registryReplaced: Rule = {
  id: "registry-replaced",
  category: "availability",
  severity: "warning",
  what: "The registry is replaced",
  why: "New connections are refused until the new container listens. Pushes and pulls in progress are tried again by the client. Running containers of your users are not touched.",
  fix: "Apply when no pipeline runs, or announce it.",
  fact: "Almost every attribute of `docker_container` forces a replacement: the old one is stopped and removed before the new one starts.",
  consequence: (transition) =>
    replacedServices(transition)
      .filter(({ before }) => before.role === "registry")
      .map((entry) => interruption(entry, transition, "registry", "clients are refused")),
};
