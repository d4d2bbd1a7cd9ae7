import { command } from "../../operations/command";
import { applySavedPlan, checkSavedPlan, connect, showSavedPlan } from "../../operations/deploy/apply";
import { Failure } from "../../operations/failure";
import type { Operation } from "../../operations/operation";
import type { Report } from "../../review";
import { confirm } from "../ask";
import type { ApplyCommandOptions } from "../commands/plan";
import type { Context } from "../context";
import { operate } from "../operate";
import { reviewOf, reviewText } from "../render/saved-plan";

export async function apply(context: Context, name: string, options: ApplyCommandOptions): Promise<void> {
  const { io } = context;
  await operate(context, "apply", name, options, async (operation: Operation) => {
    const record = checkSavedPlan(operation);
    if (!record.changes) {
      if (options.json) io.out(JSON.stringify({ environment: name, applied: 0 }));
      io.err(`The saved plan of ${name} changes nothing.`);
      return;
    }
    const saved = await showSavedPlan(operation, record);
    const report = reviewOf(saved.plan, name);
    const isApproved = options.approved !== undefined && requireApproved(report, options.approved, name);
    const docker = await connect(operation);
    io.err(`${reviewText(report, io.errStyle)}\n`);
    if (!options.yes && !isApproved) {
      await confirm(context, `Apply this plan of ${record.createdAt} to ${name}?`, "--yes");
    }
    const { done, seconds } = await applySavedPlan(operation, docker, saved, saved.directory);
    if (options.json) io.out(JSON.stringify({ environment: name, applied: done, seconds }));
    io.err(`Done. To prove it: ${command("verify", name)}`);
  });
}

/** @throws Failure when the plan is not the one that was approved, or nothing was */
function requireApproved({ fingerprint }: Report, approved: string, name: string): true {
  if (fingerprint !== undefined && fingerprint === approved) return true;
  throw new Failure(
    /^[0-9a-f]{64}$/.test(approved)
      ? `The plan of ${name} is not the one that was approved, so it was not applied: approved ${approved}, now ${fingerprint}`
      : `Nothing was approved for ${name}, so nothing was applied: --approved needs the 64 digits of a fingerprint, got '${approved}'`,
    `open a pull request that shows this plan; or look at it and apply it by hand: ${command("apply", name)}`,
  );
}
