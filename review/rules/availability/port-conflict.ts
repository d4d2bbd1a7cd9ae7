import { code } from "../../brief";
import type { Rule } from "../../rule";
import type { Container, Port } from "../../world/container";
import { isEveryAddress, published } from "../../world/ports";

export const portConflict: Rule = {
  id: "port-conflict",
  category: "availability",
  severity: "error",
  what: "Two containers want the same port of the host",
  why: "The second one does not start, and the apply fails half-way.",
  fix: "Give one of them another port or address.",
  fact: 'Docker binds the port when the container starts: "port is already allocated".',
  posture: ({ containers }) => {
    const taken: [Container, Port][] = [];
    return containers.flatMap((container) =>
      container.ports
        .filter(({ via }) => !via)
        .flatMap((port) => {
          const other = taken.find(
            ([owner, used]) => owner !== container && sameHost(owner, container) && collides(used, port),
          );
          taken.push([container, port]);
          return other
            ? {
                address: container.address,
                message: `${code(container.name)} and ${code(other[0].name)} both want ${published(port)}.`,
              }
            : [];
        }),
    );
  },
};

/** Providers are not compared; two hosts in one plan use different addresses for their modules or names. */
function sameHost(a: Container, b: Container): boolean {
  return a.address !== b.address;
}

function collides(a: Port, b: Port): boolean {
  if (a.external === undefined || a.external !== b.external || a.protocol !== b.protocol) return false;
  return a.address === b.address || isEveryAddress(a.address) || isEveryAddress(b.address);
}
