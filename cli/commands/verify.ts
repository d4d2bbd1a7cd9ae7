import type { Command } from "commander";
import type { Context } from "../context";

export interface VerifyOptions {
  readonly user?: string;
  readonly passwordStdin?: boolean;
  readonly ca?: string;
  readonly json?: boolean;
}

export function addVerifyCommand(program: Command, context: Context): void {
  program
    .command("verify <environment>")
    .description("prove a running registry from outside and inside; exits 2 when something is wrong")
    .option("--user <name>", "log in as this user, not as the one that secrets init made")
    .option("--password-stdin", "read that user's password from standard input")
    .option("--ca <file>", "PEM file of a private CA to trust")
    .option("--json", "print the checks as JSON")
    .action(async (name: string, options: VerifyOptions) =>
      (await import("../actions/verify.js")).verifyEnvironment(context, name, options),
    );
}
