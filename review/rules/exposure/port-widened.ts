import { code } from "../../brief";
import type { Rule } from "../../rule";
import type { Container, Port } from "../../world/container";
import { isLoopback, published, reach } from "../../world/ports";

export const portWidened: Rule = {
  id: "port-widened",
  category: "exposure",
  severity: "warning",
  what: "A port is published that was not, or to more addresses than before",
  why: "Whoever reaches the address can now talk to the service.",
  fix: "Publish to 127.0.0.1 and put a TLS proxy in front, unless you want exactly this.",
  fact: "Docker publishes to every address unless `ip` is given, and its rules come before those of ufw and firewalld.",
  consequence: (transition) =>
    transition.containers.flatMap(({ change, before, after }) => {
      // A stopped container reports no ports; storage and databases have a rule of their own.
      const isStopped = before?.isStopped;
      if (!before || !after || isStopped || change.action === "none" || isStore(after)) return [];
      return after.ports.flatMap((port) => {
        const same = before.ports.filter(
          ({ internal, protocol }) => internal === port.internal && protocol === port.protocol,
        );
        const known = same.some(({ address }) => address === port.address || !isLoopback(address));
        if (known || (same.length > 0 && isLoopback(port.address))) return [];
        const from = same.length > 0 ? `, until now ${published(same[0] as Port)}` : ", until now not published";
        return {
          address: change.address,
          severity: isLoopback(port.address) ? ("info" as const) : ("warning" as const),
          message: `Port ${port.internal} of ${code(after.name)} is published at ${published(port)}${from}: ${reach(port)} can connect.`,
        };
      });
    }),
};

function isStore({ role }: Container): boolean {
  return role === "storage" || role === "database";
}
