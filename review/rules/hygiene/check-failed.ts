import { code } from "../../brief";
import type { Rule } from "../../rule";

export const checkFailed: Rule = {
  id: "check-failed",
  category: "hygiene",
  severity: "warning",
  what: "A `check` of the configuration fails",
  why: "Whoever wrote it wanted to be told. Terraform only warns and applies.",
  fix: "Read the message and repair what it names.",
  fact: "A failed `check` block never blocks an apply.",
  consequence: ({ plan }) =>
    plan.failedChecks.map(({ address, status, messages }) => ({
      address,
      message: `${code(address)} ${status === "fail" ? "fails" : "cannot be evaluated"}: ${messages.join("; ") || "no message"}`,
    })),
};
