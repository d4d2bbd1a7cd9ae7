import { code } from "../../brief";
import type { Problem } from "../../finding";
import type { Rule } from "../../rule";
import type { Container } from "../../world/container";
import { publicPorts, published } from "../../world/ports";
import { registrySettings } from "../../world/registries";
import { hasTls } from "../../world/settings";

export const registryWithoutTls: Rule = {
  id: "registry-without-tls",
  category: "exposure",
  severity: "warning",
  what: "A registry stops speaking TLS, or is published beyond the Docker host or the cluster without it",
  why: "Docker clients refuse it, unless each lists it as insecure. Passwords then cross the network in clear text.",
  fix: "Keep or set `http.tls`, or publish to 127.0.0.1 and put a TLS proxy in front. An Ingress needs `tls` with a certificate for its host.",
  fact: "Distribution speaks TLS only with `http.tls.certificate` or `letsencrypt.cachefile`; the Docker Engine speaks plain HTTP only to 127.0.0.0/8 and to `insecure-registries`. An Ingress speaks it only for the hosts of its `tls`.",
  consequence: (transition) => [
    ...registrySettings(transition)
      .filter(({ before, after }) => hasTls(before) && after.complete && !hasTls(after))
      .map(({ change, container }) => ({
        address: change.address,
        severity: "error" as const,
        message: `Registry ${code(container.name)} speaks plain HTTP only, no TLS any more.`,
      })),
    ...transition.containers.flatMap(({ before, after }) => (before && after ? openedIngresses(before, after) : [])),
  ],
  posture: (world) =>
    world.containers
      .filter(({ role }) => role === "registry")
      .flatMap((container) => {
        const settings = world.settings(container);
        const port = publicPorts(container).find(({ via }) => !via?.tls);
        if (!port || !settings.complete || hasTls(settings)) return [];
        return {
          address: container.address,
          message: `Registry ${code(container.name)} is published at ${published(port)} without TLS.`,
        };
      }),
};

function openedIngresses(before: Container, after: Container): Problem[] {
  if (after.role !== "registry") return [];
  return after.ports.flatMap(({ via }) => {
    const spoke = before.ports.some((other) => other.via?.host === via?.host && other.via?.tls);
    return via?.kind === "ingress" && !via.tls && spoke
      ? {
          address: via.resource,
          severity: "error" as const,
          message: `Ingress ${code(via.host ?? "")} speaks plain HTTP only, no TLS any more.`,
        }
      : [];
  });
}
