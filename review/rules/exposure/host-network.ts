import { code } from "../../brief";
import type { Rule } from "../../rule";

export const hostNetwork: Rule = {
  id: "host-network",
  category: "exposure",
  severity: "warning",
  what: "A container shares the host's network",
  why: "Every port it opens is open on the host, and it reaches whatever listens on the host's loopback.",
  fix: "Give it a network of its own and publish what is needed.",
  fact: 'With `network_mode = "host"` Docker isolates nothing and `ports` have no meaning.',
  posture: ({ containers }) =>
    containers
      .filter(({ sharesHostNetwork }) => sharesHostNetwork)
      .map(({ address, name }) => ({ address, message: `${code(name)} shares the host's network.` })),
};
