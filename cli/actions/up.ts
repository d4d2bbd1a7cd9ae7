import { applySavedPlan } from "../../operations/apply";
import type { Operation } from "../../operations/operation";
import { makePlan } from "../../operations/plan";
import { confirm } from "../ask";
import type { UpOptions } from "../commands/plan";
import type { Context } from "../context";
import { operate } from "../operate";
import { planText } from "../plan-text";
import { makeSecrets } from "./secrets";

export async function up(context: Context, name: string, options: UpOptions): Promise<void> {
  const { io } = context;
  makeSecrets(context, name, options.user);
  await operate(context, "up", name, options, async (operation: Operation) => {
    const { stack, summary, record, json } = await makePlan(operation);
    if (record.changes) {
      io.err(planText(summary, io.errStyle));
      if (!options.yes) await confirm(context, `Apply this to ${name}?`, "--yes");
      await applySavedPlan(operation, json, stack.directory);
    }
    io.out(`\n${stack.url}\n${stack.loginCommand}`);
  });
}
