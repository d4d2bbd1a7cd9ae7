import { get, list, number } from "../../plan/json";
import type { Values } from "../../plan/model";
import { code } from "../brief";
import type { Rule } from "../rule";

export const serviceUpdated: Rule = {
  id: "service-updated",
  category: "availability",
  severity: "warning",
  what: "A Swarm service with one replica is updated by stopping it first",
  why: "Between the old task and the new one nothing answers.",
  fix: 'Set `update_config.order = "start-first"` if two tasks may run side by side, or announce it.',
  fact: "`stop-first` is Swarm's default; most of `docker_service` is updated in place by replacing its tasks.",
  consequence: (transition) =>
    transition.containers.flatMap(({ change, after }) => {
      if (change.type !== "docker_service" || change.action !== "update" || !after || !stopsFirst(after.values))
        return [];
      if (!change.attributes.some(({ path }) => path.startsWith("task_spec"))) return [];
      const seconds = Math.ceil(Math.min(after.timing.stopGraceSeconds, 2) + 3);
      const impact = { kind: "downtime" as const, who: after.role === "registry" ? "registry" : after.title, seconds };
      return {
        address: change.address,
        message: `Service ${code(after.name)} stops its only task before it starts the new one.`,
        impact,
      };
    }),
};

function stopsFirst(values: Values): boolean {
  const update = list(get(values, "update_config"))[0];
  const replicated = list(get(list(get(values, "mode"))[0], "replicated"))[0];
  const replicas = number(get(replicated, "replicas")) ?? 1;
  return replicas < 2 && get(update, "order") !== "start-first";
}
