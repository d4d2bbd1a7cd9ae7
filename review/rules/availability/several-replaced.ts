import { code } from "../../brief";
import { type Rule, replacedServices } from "../../rule";
import { downtimeSeconds, replacedDependencies } from "../../world/downtime";

export const severalReplaced: Rule = {
  id: "several-replaced",
  category: "availability",
  severity: "warning",
  what: "Several running containers are replaced in one apply",
  why: "Services that need each other all stop first, then start one after the other. The interruptions add up.",
  fix: "Split the change, or plan for the total.",
  fact: "Terraform destroys in reverse order of dependency, then creates in order; what is not connected runs side by side.",
  consequence: (transition) => {
    const services = replacedServices(transition);
    if (services.length < 2) return [];
    const depth = (address: string) => replacedDependencies(address, transition).length;
    const ordered = [...services].sort((a, b) => depth(a.change.address) - depth(b.change.address));
    const total = Math.max(...services.map((entry) => downtimeSeconds(entry, transition)));
    const names = ordered.map(({ after }) => code(after.name));
    return [
      {
        address: ordered.at(-1)?.change.address ?? "",
        message: `${services.length} services are replaced in one apply: they stop in the order ${[...names].reverse().join(", ")} and start in the order ${names.join(", ")}; about ${total} s in all.`,
      },
    ];
  },
};
