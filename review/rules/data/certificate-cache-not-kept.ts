import { code } from "../../brief";
import type { Rule } from "../../rule";
import { mountOf } from "../../world/data";

export const certificateCacheNotKept: Rule = {
  id: "certificate-cache-not-kept",
  category: "data",
  severity: "warning",
  what: "Let's Encrypt certificates are kept inside the container",
  why: "Each replaced container asks for new ones. Soon the authority refuses, and TLS fails.",
  fix: "Mount a named volume at `http.tls.letsencrypt.cachefile`, which is a directory.",
  fact: "With the directory on a volume a re-created registry answered after 7 ms and asked for nothing (seen).",
  posture: (world) =>
    world.containers
      .filter(({ role }) => role === "registry")
      .flatMap((container) => {
        const directory = world.settings(container).values.get("http.tls.letsencrypt.cachefile");
        const mount = directory && mountOf(container, directory);
        if (!directory || (mount && mount.kind !== "anonymous" && mount.kind !== "memory")) return [];
        return {
          address: container.address,
          message: `The certificate cache ${code(directory)} is on no named volume.`,
        };
      }),
};
