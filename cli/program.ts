import { Command } from "commander";
import { version } from "../package.json";
import { addSecretsCommand } from "./commands/secrets";
import { addSynthCommand } from "./commands/synth";
import { addUsersCommand } from "./commands/users";
import type { ExitCode, Io } from "./io";

/** What every command gets. */
export interface Context {
  readonly io: Io;
  /** Sets the exit code of a command that ends well but has something to say with it. */
  readonly exit: (code: ExitCode) => void;
}

/** The whole command line; parsing a text runs it. Throws `CommanderError` for bad usage. */
export function createProgram(io: Io, exit: (code: ExitCode) => void): Command {
  const program = new Command("private-registry")
    .description("A private container image registry as code: describe, deploy, verify, operate.")
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => io.err(text.trimEnd()),
    })
    .showHelpAfterError("(private-registry --help shows the commands)")
    .addHelpText("after", "\nExit codes: 0 done, 1 failed, 2 changes or findings, 64 usage.");
  const context: Context = { io, exit };
  addSynthCommand(program, context);
  addSecretsCommand(program, context);
  addUsersCommand(program, context);
  return program;
}
