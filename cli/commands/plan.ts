import type { Command } from "commander";
import type { Context } from "../context";

export interface PlanOptions {
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export interface PlanCommandOptions extends PlanOptions {
  /** `--no-refresh` */
  readonly refresh: boolean;
  /** `--no-lock` */
  readonly lock: boolean;
}

export interface ApplyOptions extends PlanOptions {
  readonly yes?: boolean;
}

export interface ApplyCommandOptions extends ApplyOptions {
  readonly approved?: string;
}

export interface UpOptions extends ApplyOptions {
  readonly user: string;
  readonly ca?: string;
  readonly adopt?: readonly string[];
}

const VERBOSE = ["--verbose", "show the output of the tools, too"] as const;
const JSON_RESULT = ["--json", "print the result as JSON"] as const;

/** `plan`, `apply` and `up`: look, change, and both with a proof. */
export function addPlanCommands(program: Command, context: Context): void {
  program
    .command("plan <environment>")
    .description("show what would change, and save that plan; exits 2 when something would")
    .option("--no-refresh", "compare with the state alone, where no Docker host can be reached")
    .option("--no-lock", "do not wait for, or hold, the state's lock; for pipelines that only look")
    .option(...JSON_RESULT)
    .option(...VERBOSE)
    .action(async (name: string, options: PlanCommandOptions) =>
      (await import("../actions/plan.js")).plan(context, name, options),
    );

  program
    .command("apply <environment>")
    .description("apply the saved plan and nothing else; refuses one that does not hold any more")
    .option("--yes", "do not ask")
    .option("--approved <fingerprint>", "do not ask, and apply only the plan whose review had this fingerprint")
    .option(...JSON_RESULT)
    .option(...VERBOSE)
    .action(async (name: string, options: ApplyCommandOptions) =>
      (await import("../actions/apply.js")).apply(context, name, options),
    );

  program
    .command("up <environment>")
    .description("from nothing to a verified registry: secrets if missing, plan, ask, apply, verify")
    .option("--yes", "do not ask")
    .option("--user <name>", "name of the first user, when there is none yet", "admin")
    .option("--ca <file>", "PEM file of a private CA to trust when verifying")
    .option("--adopt <volume...>", "take over existing volumes of these names, with what is in them")
    .option(...JSON_RESULT)
    .option(...VERBOSE)
    .action(async (name: string, options: UpOptions) => (await import("../actions/up.js")).up(context, name, options));
}
