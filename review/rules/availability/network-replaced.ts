import { code } from "../../brief";
import { causeOf } from "../../cause";
import { attributeText } from "../../name";
import type { Rule } from "../../rule";

export const networkReplaced: Rule = {
  id: "network-replaced",
  category: "availability",
  severity: "warning",
  what: "A network is replaced or removed",
  why: "Every container on it must leave it first. Those in this plan are replaced, too; any other makes the apply fail.",
  fix: "Make a second network and move the containers, or plan for the interruption of everything on it.",
  fact: "Every attribute of `docker_network` forces a replacement; Docker refuses to remove a network with active endpoints, and the provider gives up after 30 s.",
  consequence: ({ plan, before }) =>
    plan.changes
      .filter(({ type, action }) => type === "docker_network" && (action === "replace" || action === "delete"))
      .flatMap((change) => {
        const name = attributeText(change.before, "name") ?? change.address;
        const members = before.containers
          .filter(({ networks }) => networks.includes(name))
          .map((container) => code(container.name));
        const staying = plan.changes
          .filter(({ action }) => action === "none" || action === "update")
          .map(({ address }) => address);
        const stuck = before.containers.filter(
          ({ networks, address }) => networks.includes(name) && staying.includes(address),
        );
        // Removed together with everything on it: the containers' own findings say so.
        if (change.action === "delete" && stuck.length === 0) return [];
        const who = members.length > 0 ? `${members.join(", ")} must leave it` : "no container of this plan is on it";
        const refused =
          stuck.length > 0
            ? `; ${stuck.map((container) => code(container.name)).join(", ")} stays, so the apply fails after 30 s`
            : "";
        return {
          address: change.address,
          message: `Network ${code(name)} is ${change.action === "delete" ? "removed" : "replaced"}: ${who}${refused}.`,
          cause: causeOf(change, plan),
        };
      }),
};
