import { code } from "../../brief";
import type { Rule } from "../../rule";
import { publicPorts, published } from "../../world/ports";
import { registrySettings } from "../../world/registries";
import { hasTls } from "../../world/settings";

export const registryWithoutTls: Rule = {
  id: "registry-without-tls",
  category: "exposure",
  severity: "warning",
  what: "A registry stops speaking TLS, or is published beyond the Docker host without it",
  why: "Docker clients refuse it, unless each lists it as insecure. Passwords then cross the network in clear text.",
  fix: "Keep or set `http.tls`, or publish to 127.0.0.1 and put a TLS proxy in front.",
  fact: "Distribution speaks TLS only with `http.tls.certificate` or `letsencrypt.cachefile`; the Docker Engine speaks plain HTTP only to 127.0.0.0/8 and to `insecure-registries`.",
  consequence: (transition) =>
    registrySettings(transition)
      .filter(({ before, after }) => hasTls(before) && after.complete && !hasTls(after))
      .map(({ change, container }) => ({
        address: change.address,
        severity: "error" as const,
        message: `Registry ${code(container.name)} speaks plain HTTP only, no TLS any more.`,
      })),
  posture: (world) =>
    world.containers
      .filter(({ role }) => role === "registry")
      .flatMap((container) => {
        const settings = world.settings(container);
        const [port] = publicPorts(container);
        if (!port || !settings.complete || hasTls(settings)) return [];
        return {
          address: container.address,
          message: `Registry ${code(container.name)} is published at ${published(port)} without TLS.`,
        };
      }),
};
