import { CommanderError } from "commander";
import { Failure } from "../operations/failure";
import { Interrupted } from "../operations/interruption";
import type { Context } from "./context";
import { EXIT, type ExitCode, type Io } from "./io";
import { createProgram } from "./program";

/**
 * Runs a command line, and says what went wrong. Whatever is no `Failure` is a bug, and shows its stack.
 * @param args without the program's name; none: the process's own
 * @returns what the process is to end with
 */
export async function run(context: Omit<Context, "exit">, args?: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const exit = (given: ExitCode) => {
    code = given;
  };
  try {
    const program = createProgram({ ...context, exit });
    await (args ? program.parseAsync(args, { from: "user" }) : program.parseAsync());
    return code;
  } catch (error) {
    return report(context.io, error);
  }
}

function report(io: Io, error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const { red, bold, dim } = io.errStyle;
  if (error instanceof Failure) {
    io.err(red(bold(error.message)));
    if (error.remedy) io.err(`  → ${error.remedy}`);
    if (error.details) io.err(dim(`\n${error.details.trimEnd()}`));
    return error instanceof Interrupted ? EXIT.stopped : EXIT.failed;
  }
  if (error instanceof Error && error.name === "InvalidOptionsError") {
    io.err(red(error.message));
    return EXIT.failed;
  }
  // The prompt library's way to say Ctrl-C.
  if (error instanceof Error && error.name === "ExitPromptError") {
    io.err("Stopped at a question. Nothing was changed.");
    return EXIT.stopped;
  }
  io.err(error instanceof Error ? (error.stack ?? error.message) : String(error));
  io.err("This is a bug in private-registry; please report it with the lines above.");
  return EXIT.failed;
}
