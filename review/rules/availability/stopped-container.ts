import { get } from "../../../plan/json";
import { code } from "../../brief";
import type { Rule } from "../../rule";

export const stoppedContainer: Rule = {
  id: "stopped-container",
  category: "availability",
  severity: "warning",
  what: "A container was stopped outside Terraform, and this plan starts or replaces it",
  why: "Somebody may have stopped it on purpose. A replacement deletes its logs and what is inside it.",
  fix: "Ask who stopped it and why. `docker start` and a new plan avoid the replacement.",
  fact: "A stopped container reports no ports, so the provider plans to replace it; without ports it plans `must_run` false → true (seen on 4.5.0, Engine 20.10).",
  consequence: ({ plan, before }) =>
    plan.drift.flatMap((drift) => {
      const stopped = get(drift.before, "must_run") === true && get(drift.after, "must_run") === false;
      const change = plan.changes.find(({ address }) => address === drift.address);
      if (!stopped || drift.type !== "docker_container") return [];
      const name = code(before.containers.find(({ address }) => address === drift.address)?.name ?? drift.address);
      const then = change?.action === "replace" ? "is replaced" : "is started again";
      return { address: drift.address, message: `${name} was stopped outside Terraform; with this apply it ${then}.` };
    }),
};
