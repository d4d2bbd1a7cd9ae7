import { code } from "../../brief";
import type { Rule } from "../../rule";
import type { Container, Port } from "../../world/container";
import { isLoopback, published, reach, width } from "../../world/ports";

export const portWidened: Rule = {
  id: "port-widened",
  category: "exposure",
  severity: "warning",
  what: "A port is published that was not, or to more addresses than before",
  why: "Whoever reaches the address can now talk to the service.",
  fix: "Publish to 127.0.0.1, in a cluster as `ClusterIP`, and put a TLS proxy in front, unless you want exactly this.",
  fact: "Docker publishes to every address unless `ip` is given, and its rules come before those of ufw and firewalld. In a cluster, `NodePort` and `LoadBalancer` of a Service and an Ingress lead in; `ClusterIP` does not.",
  consequence: (transition) =>
    transition.containers.flatMap(({ change, before, after }) => {
      // A stopped container reports no ports; storage and databases have a rule of their own.
      const isStopped = before?.isStopped && !before.workload;
      if (!before || !after || isStopped || isStore(after)) return [];
      return after.ports.flatMap((port) => {
        const same = before.ports.filter(
          ({ internal, protocol }) => internal === port.internal && protocol === port.protocol,
        );
        const known = same.some((other) => isKnown(port, other));
        if (known || (same.length > 0 && isLoopback(port.address))) return [];
        const from = same.length > 0 ? `, until now ${published(same[0] as Port)}` : ", until now not published";
        return {
          address: port.via?.resource ?? change.address,
          severity: isLoopback(port.address) ? ("info" as const) : ("warning" as const),
          message: `Port ${port.internal} of ${code(after.name)} is published at ${published(port)}${from}: ${reach(port)} can connect.`,
        };
      });
    }),
};

function isStore({ role }: Container): boolean {
  return role === "storage" || role === "database";
}

/** An Ingress and a Service are two ways: one does not make the other known. */
function isKnown(port: Port, other: Port): boolean {
  if (!port.via || !other.via) return port.address === other.address || !isLoopback(other.address);
  const [isIngress, wasIngress] = [port.via.kind === "ingress", other.via.kind === "ingress"];
  // Another host of an Ingress is the same way.
  return isIngress === wasIngress && (isIngress || width(other) >= width(port));
}
