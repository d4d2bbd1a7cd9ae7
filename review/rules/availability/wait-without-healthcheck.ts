import { code } from "../../brief";
import type { Rule } from "../../rule";
import { baseName } from "../../world/image";

export const waitWithoutHealthcheck: Rule = {
  id: "wait-without-healthcheck",
  category: "availability",
  severity: "warning",
  what: "Terraform waits for a health check that the container does not define",
  why: "The apply fails and the container counts as broken, unless the image brings a health check.",
  fix: "Add a `healthcheck`, or drop `wait`.",
  fact: '`wait` looks for "healthy" only. Neither `registry` nor `rustfs/rustfs` has a HEALTHCHECK of its own.',
  posture: ({ containers }) =>
    containers
      .filter(({ timing }) => timing.waitSeconds !== undefined && timing.healthIntervalSeconds === undefined)
      .map(({ address, name, image }) => ({
        address,
        severity: /^(registry|rustfs)$/.test(baseName(image)) ? ("error" as const) : undefined,
        message: `${code(name)} has \`wait\` but no \`healthcheck\`.`,
      })),
};
