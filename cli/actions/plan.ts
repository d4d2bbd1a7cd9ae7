import { command } from "../../operations/command";
import { makePlan } from "../../operations/deploy/plan";
import { planFiles } from "../../operations/deploy/saved-plan";
import { toJson } from "../../review";
import type { PlanCommandOptions } from "../commands/plan";
import type { Context } from "../context";
import { EXIT } from "../io";
import { operate } from "../operate";
import { reviewOf, reviewText } from "../render/saved-plan";

export async function plan(context: Context, name: string, options: PlanCommandOptions): Promise<void> {
  const { io, exit } = context;
  const { record, plan: made } = await operate(context, "plan", name, options, (operation) =>
    makePlan(operation, options),
  );
  const { plan: planFile } = planFiles(name);
  const report = reviewOf(made, name);
  if (options.json) {
    io.out(JSON.stringify({ ...record, planFile, review: toJson(report) }, undefined, 2));
  } else if (record.changes) {
    io.out(reviewText(report, io.style));
    io.err(`\nSaved: ${planFile}, sha256 ${record.planHash.slice(0, 16)}…\nNext: ${command("apply", name)}`);
  } else {
    io.out(`${name} is as its environment file says: no changes.`);
  }
  if (record.changes) exit(EXIT.changes);
}
