import { Failure } from "../../operations/failure";
import type { Plan } from "../../plan/model";
import { format, type Report, reviewPlan } from "../../review";
import { readPolicy } from "../policy";
import type { Style } from "./style";

/** What a plan of an environment will do to people. @throws Failure when it cannot be reviewed */
export function reviewOf(plan: Plan, environment: string): Report {
  const report = reviewPlan(plan, { environment, policy: readPolicy() });
  if (report.problem) throw new Failure(`The plan was not reviewed, so it is not applied: ${report.problem}`);
  return report;
}

/** Every change, then the headline and what must be settled or known. */
export function reviewText(report: Report, style: Style): string {
  return format(report, "text", { changes: true, brief: true, colors: isColoured(style) }).trimEnd();
}

/** Whether a style colours at all. */
export function isColoured(style: Style): boolean {
  return style.bold("") !== "";
}
