import { type Command, Option } from "commander";
import type { Context } from "../context";

export interface ReviewCommandOptions {
  readonly format: "text" | "markdown" | "json";
  readonly failOn: "error" | "warning" | "info";
  readonly policy?: string;
  readonly details?: boolean;
  readonly skipNoChanges?: boolean;
  readonly environment?: string;
}

/** `review`: what a plan will do to the people who use the registry. Named here, since `review/` is loaded only when it runs. */
export function addReviewCommand(program: Command, context: Context): void {
  program
    .command("review [plan]")
    .description(
      "say what a plan will do: a JSON file, - for standard input, an environment's saved plan, cdktf.out, or nothing for all environments",
    )
    .addOption(new Option("--format <format>", "how to print it").choices(["text", "markdown", "json"]).default("text"))
    .addOption(
      new Option("--fail-on <severity>", "exit with 2 for findings at or above it")
        .choices(["error", "warning", "info"])
        .default("error"),
    )
    .option("--policy <file>", "severities and accepted findings; review.yaml where there is one")
    .option("--environment <name>", "name for the headings, when it is not the plan's")
    .option("--details", "show every attribute that changes")
    .option("--skip-no-changes", "print nothing for a plan without changes")
    .action(async (plan: string | undefined, options: ReviewCommandOptions) =>
      (await import("../actions/review.js")).reviewPlans(context, plan, options),
    );
}
