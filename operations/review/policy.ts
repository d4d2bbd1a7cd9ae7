import { existsSync, readFileSync } from "node:fs";
import type { Plan } from "../../plan/model";
import { type Report, reviewPlan } from "../../review";
import { Failure } from "../failure";

/** Severities and accepted findings of a project, beside its environments. */
const POLICY_FILE = "review.yaml";

/**
 * The text of a policy for the review: the named file's, or `review.yaml`'s where there is one.
 * @throws Failure when the named file is not there
 */
export function readPolicy(file?: string): string | undefined {
  if (file !== undefined && !existsSync(file)) throw new Failure(`there is no file ${file}`, "name it with --policy");
  const path = file ?? POLICY_FILE;
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** What a plan of an environment will do to people, by the project's policy. @throws Failure when it cannot be reviewed */
export function reviewOf(plan: Plan, environment: string): Report {
  const report = reviewPlan(plan, { environment, policy: readPolicy() });
  if (report.problem) throw new Failure(`The plan was not reviewed, so it is not applied: ${report.problem}`);
  return report;
}
