import { text } from "node:stream/consumers";
import { type Command, Option } from "commander";
import { showSavedPlan } from "../../operations/deploy/apply";
import { readPlanRecord } from "../../operations/deploy/saved-plan";
import { readPolicy } from "../../operations/review/policy";
import { readSubjects } from "../../operations/review/subjects";
import { format, type Report, review, reviewPlan } from "../../review";
import type { Context } from "../context";
import type { ExitCode } from "../io";
import { operate } from "../operate";
import { isColoured } from "../render/style";

interface Options {
  readonly format: "text" | "markdown" | "json";
  readonly failOn: "error" | "warning" | "info";
  readonly policy?: string;
  readonly details?: boolean;
  readonly skipNoChanges?: boolean;
  readonly environment?: string;
}

export function define(command: Command, context: Context): void {
  command
    .addOption(new Option("--format <format>", "how to print it").choices(["text", "markdown", "json"]).default("text"))
    .addOption(
      new Option("--fail-on <severity>", "exit with 2 for findings at or above it")
        .choices(["error", "warning", "info"])
        .default("error"),
    )
    .option("--policy <file>", "severities and accepted findings (default: review.yaml, if it exists)")
    .option("--environment <name>", "name for the headings, when it is not the plan's")
    .option("--details", "show every attribute that changes")
    .option("--skip-no-changes", "print nothing for a plan without changes")
    .action((plan: string | undefined, options: Options) => reviewPlans(context, plan, options));
}

async function reviewPlans(context: Context, plan: string | undefined, options: Options): Promise<void> {
  const { io, exit, process } = context;
  const subjects = await readSubjects(plan, {
    standardInput: () => text(process.stdin),
    savedPlan: async (name) => {
      const record = readPlanRecord(name);
      const saved = await operate(context, "review", name, {}, (operation) => showSavedPlan(operation, record));
      return saved.plan;
    },
  });
  const { details, failOn, skipNoChanges } = options;
  const policy = readPolicy(options.policy);
  const reports = subjects.map(({ subject, environment }) => {
    const given = { environment: options.environment ?? environment, policy, failOn };
    return typeof subject === "string" ? review(subject, given) : reviewPlan(subject, given);
  });
  const shown = { colors: isColoured(io.style), details, skipNoChanges };
  const printed = reports.map((report) => format(report, options.format, shown)).filter((one) => one !== "");
  if (printed.length > 0) io.out(printed.join("\n\n"));
  exit(worst(reports));
}

/** 1 when anything could not be reviewed, else 2 when anything was found, else 0. */
function worst(reports: readonly Report[]): ExitCode {
  const codes = reports.map(({ exitCode }) => exitCode);
  return codes.includes(1) ? 1 : codes.includes(2) ? 2 : 0;
}
