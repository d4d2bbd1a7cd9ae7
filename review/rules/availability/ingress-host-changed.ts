import { code } from "../../brief";
import { causeOf } from "../../cause";
import { hostsOf } from "../../kubernetes/routes";
import type { Rule } from "../../rule";

export const ingressHostChanged: Rule = {
  id: "ingress-host-changed",
  category: "availability",
  severity: "warning",
  what: "The registry no longer answers under a name",
  why: "The host is a part of every image's name: pipelines, deployments and `FROM` lines that name the old one find nothing.",
  fix: "Keep the old host beside the new one until nobody asks for it.",
  fact: "An Ingress answers only for the hosts of its rules. Clients keep their login for each host apart.",
  consequence: (transition) =>
    transition.before.objects.flatMap((old) => {
      const leads = transition.before.containers.some(
        ({ role, ports }) => role === "registry" && ports.some(({ via }) => via?.resource === old.address),
      );
      const change = transition.plan.changes.find(({ address }) => address === old.address);
      // With the registry itself goes its name.
      const remains = transition.after.containers.some(({ role }) => role === "registry");
      if (old.kind !== "ingress" || !leads || !change || !remains) return [];
      const hosts = transition.after.objects.filter(({ kind }) => kind === "ingress").flatMap(hostsOf);
      const gone = hostsOf(old).filter((host) => !hosts.includes(host));
      const now = hosts.filter((host) => !hostsOf(old).includes(host));
      if (gone.length === 0) return [];
      const instead = now.length > 0 ? `, but under ${now.map(code).join(", ")}` : "";
      return {
        address: old.address,
        message: `The registry no longer answers under ${gone.map(code).join(", ")}${instead}.`,
        cause: causeOf(change, transition.plan),
      };
    }),
};
