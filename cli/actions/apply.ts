import { readFileSync } from "node:fs";
import { join } from "node:path";
import { applySavedPlan, checkSavedPlan, connect } from "../../operations/deploy/apply";
import { planFiles } from "../../operations/deploy/saved-plan";
import type { Operation } from "../../operations/operation";
import { summarizePlan } from "../../operations/plan-summary";
import type { PlanJson } from "../../plan/plan-json";
import { confirm } from "../ask";
import type { ApplyOptions } from "../commands/plan";
import { consequences } from "../consequences";
import type { Context } from "../context";
import { operate } from "../operate";
import { planText } from "../plan-text";

export async function apply(context: Context, name: string, options: ApplyOptions): Promise<void> {
  const { io } = context;
  await operate(context, "apply", name, options, async (operation: Operation) => {
    const record = checkSavedPlan(operation);
    if (!record.changes) {
      if (options.json) io.out(JSON.stringify({ environment: name, applied: 0 }));
      io.err(`The saved plan of ${name} changes nothing.`);
      return;
    }
    const docker = await connect(operation);
    const json = JSON.parse(readFileSync(planFiles(name).json, "utf8")) as PlanJson;
    if (!options.yes) {
      io.err(`${planText(summarizePlan(json, {}), io.errStyle)}\n\n${consequences(name, io.errStyle)}\n`);
      await confirm(context, `Apply this plan of ${record.createdAt} to ${name}?`, "--yes");
    }
    const { done, seconds } = await applySavedPlan(operation, docker, json, join("cdktf.out", "stacks", name));
    if (options.json) io.out(JSON.stringify({ environment: name, applied: done, seconds }));
    io.err(`Done. To prove it: private-registry verify ${name}`);
  });
}
