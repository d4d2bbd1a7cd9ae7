import { makePlan } from "../../operations/deploy/plan";
import { planFiles } from "../../operations/deploy/saved-plan";
import type { PlanCommandOptions } from "../commands/plan";
import { consequences } from "../consequences";
import type { Context } from "../context";
import { EXIT } from "../io";
import { operate } from "../operate";
import { planText } from "../plan-text";

export async function plan(context: Context, name: string, options: PlanCommandOptions): Promise<void> {
  const { io, exit } = context;
  const { summary, record } = await operate(context, "plan", name, options, (operation) =>
    makePlan(operation, options),
  );
  const { plan: file, json } = planFiles(name);
  if (options.json) {
    io.out(JSON.stringify({ ...record, ...summary, planFile: file, jsonFile: json }, undefined, 2));
  } else if (record.changes) {
    io.out(`${planText(summary, io.style)}\n\n${consequences(name, io.style)}`);
    io.err(`\nSaved: ${file}, sha256 ${record.planHash.slice(0, 16)}…\nNext: private-registry apply ${name}`);
  } else {
    io.out(`${name} is as its environment file says: no changes.`);
  }
  if (record.changes) exit(EXIT.changes);
}
