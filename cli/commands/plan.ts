import type { Command } from "commander";
import { command as remedy } from "../../operations/command";
import { makePlan } from "../../operations/deploy/plan";
import { planFiles } from "../../operations/deploy/saved-plan";
import { reviewOf } from "../../operations/review/policy";
import { toJson } from "../../review";
import type { Context } from "../context";
import { EXIT } from "../io";
import { operate } from "../operate";
import { reviewText } from "../render/review";
import { JSON_RESULT, VERBOSE } from "./options";

interface Options {
  readonly json?: boolean;
  readonly verbose?: boolean;
  /** `--no-refresh` */
  readonly refresh: boolean;
  /** `--no-lock` */
  readonly lock: boolean;
}

export function define(command: Command, context: Context): void {
  const { io, exit } = context;
  command
    .option("--no-refresh", "compare with the state alone, where no Docker host can be reached")
    .option("--no-lock", "do not wait for, or hold, the state's lock; for pipelines that only look")
    .option(...JSON_RESULT)
    .option(...VERBOSE)
    .action(async (name: string, options: Options) => {
      const { record, plan } = await operate(context, "plan", name, options, (operation) =>
        makePlan(operation, options),
      );
      const report = reviewOf(plan, name);
      const { plan: planFile } = planFiles(name);
      if (options.json) {
        io.out(JSON.stringify({ ...record, planFile, review: toJson(report) }, undefined, 2));
      } else if (record.changes) {
        io.out(reviewText(report, io.style));
        io.err(`\nSaved: ${planFile}, sha256 ${record.planHash.slice(0, 16)}…\nNext: ${remedy("apply", name)}`);
      } else {
        io.out(`${name} is as its environment file says: no changes.`);
      }
      if (record.changes) exit(EXIT.changes);
    });
}
