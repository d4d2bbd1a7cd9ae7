import { get } from "../../../plan/json";
import { code } from "../../brief";
import type { Rule } from "../../rule";

export const noHealthcheck: Rule = {
  id: "no-healthcheck",
  category: "availability",
  severity: "info",
  what: "The registry or its storage has no health check",
  why: "Docker shows it as running whatever it does. Terraform goes on before it answers.",
  fix: "Registry: `wget -qO- http://127.0.0.1:5001/debug/health`. RustFS: `curl -fsS http://127.0.0.1:9000/health/ready`.",
  fact: "Neither image has a HEALTHCHECK of its own.",
  posture: ({ containers }) =>
    containers
      .filter(({ role, timing, isJob, values }) => {
        const isUnknown = typeof get(values, "healthcheck") === "string";
        return (
          (role === "registry" || role === "storage") &&
          !isJob &&
          !isUnknown &&
          timing.healthIntervalSeconds === undefined
        );
      })
      .map(({ address, name, workload }) => ({
        address,
        fix: workload && "Give it a `readiness_probe`: it gets requests only while that passes.",
        message: `${code(name)} has no health check.`,
      })),
};
