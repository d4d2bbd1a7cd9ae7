import { code } from "../../brief";
import type { Rule } from "../../rule";
import { debugPort, isLoopback, published } from "../../world/ports";

export const debugPortPublished: Rule = {
  id: "debug-port-published",
  category: "exposure",
  severity: "error",
  what: "The registry's debug port is published",
  why: "It has no password: profiles, variables and, with redis, the whole configuration with its keys.",
  fix: "Leave `http.debug.addr` on 127.0.0.1 in the container; let metrics come over a network of their own.",
  fact: "Distribution serves pprof and expvar at `http.debug.addr` without authentication.",
  posture: (world) =>
    world.containers
      .filter(({ role }) => role === "registry")
      .flatMap((container) =>
        container.ports
          .filter(({ internal }) => internal === debugPort(world.settings(container)))
          .map((port) => ({
            address: container.address,
            severity: isLoopback(port.address) ? ("warning" as const) : ("error" as const),
            message: `The debug port of ${code(container.name)} is published at ${published(port)}.`,
          })),
      ),
};
