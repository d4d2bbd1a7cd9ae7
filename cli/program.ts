import { Command } from "commander";
import { version } from "../package.json";
import { addCacheCommand } from "./commands/cache";
import { addDownCommand } from "./commands/down";
import { addImportCommand } from "./commands/import";
import { addLockCommand } from "./commands/lock";
import { addLookCommands } from "./commands/look";
import { addPlanCommands } from "./commands/plan";
import { addReviewCommand } from "./commands/review";
import { addSecretsCommand } from "./commands/secrets";
import { addStartCommands } from "./commands/start";
import { addSynthCommand } from "./commands/synth";
import { addTrustCommand } from "./commands/trust";
import { addUsersCommand } from "./commands/users";
import { addVerifyCommand } from "./commands/verify";
import type { Context } from "./context";

/** The whole command line; parsing a text runs it. Throws `CommanderError` for bad usage. */
export function createProgram(context: Context): Command {
  const { io } = context;
  const program = new Command("private-registry")
    .description("A private container image registry as code: describe, deploy, verify, operate.")
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => io.err(text.trimEnd()),
    })
    // Without `[options]`, which almost every command has, there is room for what it does.
    .configureHelp({ subcommandTerm: commandTerm })
    .showHelpAfterError("(private-registry --help shows the commands)")
    .addHelpText("after", AFTER_HELP);
  addStartCommands(program, context);
  addSynthCommand(program, context);
  addSecretsCommand(program, context);
  addUsersCommand(program, context);
  addPlanCommands(program, context);
  addReviewCommand(program, context);
  addVerifyCommand(program, context);
  addLookCommands(program, context);
  addTrustCommand(program, context);
  addCacheCommand(program, context);
  addLockCommand(program, context);
  addDownCommand(program, context);
  addImportCommand(program, context);
  return program;
}

function commandTerm(command: Command): string {
  const args = command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`));
  return [command.name(), ...args].join(" ");
}

const AFTER_HELP = `
First time:  private-registry doctor, then private-registry up local
Exit codes:  0 done, 1 failed, 2 changes or findings, 64 usage, 130 stopped.`;
