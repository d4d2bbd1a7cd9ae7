import { type Rule, replacedServices } from "../../rule";
import { interruption } from "../../world/interruption";

export const registryReplaced: Rule = {
  id: "registry-replaced",
  category: "availability",
  severity: "warning",
  what: "The registry is replaced",
  why: "New connections are refused until the new container listens, and clients give up when they are refused. Our registry lets pushes and pulls that run end first, with its port open; others close it at once, and refuse everybody until the last one has ended. Running containers of your users are not touched.",
  fix: "Apply when no pipeline runs, or announce it.",
  fact: "Distribution 3.1.2 closes its port at SIGTERM and drains after that: a push that was drained failed at its next request (crane 0.22, Docker 29). Almost every attribute of `docker_container` forces a replacement: the old one is stopped and removed before the new one starts.",
  consequence: (transition) =>
    replacedServices(transition)
      .filter(({ before }) => before.role === "registry")
      .map((entry) => interruption(entry, transition, "registry", "clients are refused")),
};
