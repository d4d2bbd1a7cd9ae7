import { Command } from "commander";
import { version } from "../package.json";
import { COMMANDS, type CommandEntry } from "./commands";
import type { Context } from "./context";

/** Commands whose file was not loaded yet. */
const unloaded = new WeakMap<Command, CommandEntry>();

/**
 * The command line; parsing a text runs it. What a command takes and does is loaded when it is called. Throws `CommanderError`
 * for bad usage.
 */
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
    .addHelpText("after", AFTER_HELP)
    .helpCommand(false)
    .hook("preSubcommand", (_, command) => load(command, context));
  for (const entry of COMMANDS) unloaded.set(program.command(entry.term).description(entry.description), entry);
  // Commander's own shows the command's help without loading it first.
  program
    .command("help [command...]")
    .description("display help for command")
    .action((names: string[]) => program.parseAsync([...names, "--help"], { from: "user" }).then(() => {}));
  return program;
}

/** The command line with everything loaded, for whoever reads it instead of running it. */
export async function createWholeProgram(context: Context): Promise<Command> {
  const program = createProgram(context);
  for (const command of program.commands) await load(command, context);
  return program;
}

function load(command: Command, context: Context): Promise<void> | undefined {
  const entry = unloaded.get(command);
  unloaded.delete(command);
  return entry?.load().then(({ define }) => define(command, context));
}

function commandTerm(command: Command): string {
  const args = command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`));
  return [command.name(), ...args].join(" ");
}

const AFTER_HELP = `
First time:  npx private-registry doctor, then npx private-registry up local
Exit codes:  0 done, 1 failed, 2 changes or findings, 64 usage, 130 stopped.`;
