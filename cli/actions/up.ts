import { applySavedPlan, connect } from "../../operations/deploy/apply";
import { makePlan } from "../../operations/deploy/plan";
import { stopIfAsked } from "../../operations/interruption";
import type { Operation } from "../../operations/operation";
import { inStage } from "../../operations/progress";
import { waitUntilHealthy } from "../../operations/wait-healthy";
import { confirm } from "../ask";
import { checksSummary, checkText } from "../check-text";
import type { UpOptions } from "../commands/plan";
import { consequences } from "../consequences";
import type { Context } from "../context";
import { EXIT } from "../io";
import { operate } from "../operate";
import { planText } from "../plan-text";
import { makeSecrets } from "./secrets";
import { runVerify } from "./verify";

export async function up(context: Context, name: string, options: UpOptions): Promise<void> {
  const { io, exit } = context;
  // A new password is part of no machine's result: it goes where people read.
  const { out, err } = context.io;
  await makeSecrets({ ...context, io: { ...context.io, out: options.json ? err : out } }, name, options.user);
  await operate(context, "up", name, options, async (operation: Operation) => {
    const docker = await connect(operation);
    const { stack, summary, record, json } = await makePlan(operation);
    if (record.changes) {
      io.err(`${planText(summary, io.errStyle)}\n\n${consequences(name, io.errStyle)}\n`);
      if (!options.yes) await confirm(context, `Apply this to ${name}?`, "--yes");
      await applySavedPlan(operation, docker, json, stack.directory);
    }
    const checks = await inStage(operation.progress, "verify", async (stage) => {
      await waitUntilHealthy(docker, operation.environment, operation.interruption);
      stopIfAsked(
        operation.interruption,
        "The apply is done; only the check was stopped.",
        `private-registry verify ${name}`,
      );
      const value = await runVerify(context, name, { ca: options.ca }, false);
      for (const check of value.filter(({ status }) => status === "failed" || status === "warning")) {
        stage.line(checkText(check, io.errStyle));
      }
      return { value, result: checksSummary(value) };
    });
    const { url, loginCommand } = stack;
    const result = { environment: name, url, loginCommand, changes: summary.counts, checks };
    io.out(options.json ? JSON.stringify(result, undefined, 2) : `\n${url}\n${loginCommand}`);
    if (checks.some(({ status }) => status === "failed")) exit(EXIT.changes);
  });
}
