import { code } from "../../brief";
import type { Rule } from "../../rule";

export const stopWithoutGrace: Rule = {
  id: "stop-without-grace",
  category: "availability",
  severity: "warning",
  what: "A container is killed instead of stopped",
  why: "Pushes in progress break off. A storage or database cannot write what it still holds.",
  fix: "Set `destroy_grace_seconds`: 40 for RustFS, 80 for a registry.",
  fact: "Without `destroy_grace_seconds` the provider stops with a timeout of 0, which overrides `stop_timeout`: SIGTERM and SIGKILL at once.",
  posture: ({ containers }) =>
    containers
      .filter(({ role, isJob, timing }) => {
        const holds = role === "storage" || role === "database" || role === "registry";
        return holds && !isJob && timing.stopGraceSeconds <= 0;
      })
      .map(({ address, name }) => ({
        address,
        message: `${code(name)} has no \`destroy_grace_seconds\`: each replacement kills it at once.`,
      })),
};
