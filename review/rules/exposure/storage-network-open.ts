import { get } from "../../../plan/json";
import { code } from "../../brief";
import { attributeText } from "../../name";
import type { Rule } from "../../rule";

export const storageNetworkOpen: Rule = {
  id: "storage-network-open",
  category: "exposure",
  severity: "info",
  what: "The storage is on a network that is not internal",
  why: "Whoever takes over the storage can send everything out, and others on that network reach it.",
  fix: "Put storage and its jobs on a network with `internal = true` that only the registry joins as well.",
  fact: "An internal Docker network has no gateway: nothing gets in or out but through its members.",
  posture: ({ containers, resources }) => {
    const open = new Set(
      resources
        .filter(({ type, values }) => type === "docker_network" && get(values, "internal") !== true)
        .map(({ values }) => attributeText(values, "name")),
    );
    return containers
      .filter(({ role }) => role === "storage" || role === "database")
      .flatMap(({ address, name, networks }) =>
        networks
          .filter((network) => open.has(network))
          .map((network) => ({ address, message: `${code(name)} is on ${code(network)}, which is not internal.` })),
      );
  },
};
