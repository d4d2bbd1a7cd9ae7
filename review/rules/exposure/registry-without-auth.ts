import { code } from "../../brief";
import type { Rule } from "../../rule";
import { publicPorts } from "../../world/ports";
import { registrySettings } from "../../world/registries";
import { hasAuth } from "../../world/settings";

export const registryWithoutAuth: Rule = {
  id: "registry-without-auth",
  category: "exposure",
  severity: "error",
  what: "A registry asks for no password",
  why: "Whoever reaches it can pull every image and overwrite every tag.",
  fix: "Set `auth.htpasswd` or `auth.token`, or let the proxy in front ask for passwords.",
  fact: "Distribution without `auth` answers everybody, and the configuration inside the image has none.",
  consequence: (transition) =>
    registrySettings(transition)
      .filter(({ before, after }) => hasAuth(before) && after.complete && !hasAuth(after))
      .map(({ change, container }) => ({
        address: change.address,
        message: `Registry ${code(container.name)} no longer asks for a password: everybody who reaches it pulls and pushes.`,
      })),
  posture: (world) =>
    world.containers
      .filter(({ role, ports }) => role === "registry" && ports.length > 0)
      .flatMap((container) => {
        const settings = world.settings(container);
        if (!settings.complete || hasAuth(settings)) return [];
        const open = publicPorts(container).length > 0;
        return {
          address: container.address,
          severity: open ? ("error" as const) : ("warning" as const),
          message: `Registry ${code(container.name)} asks for no password${open ? "" : "; only the Docker host itself reaches it"}.`,
        };
      }),
};
