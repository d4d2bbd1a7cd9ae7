import { CommanderError } from "commander";
import { Failure } from "../operations/failure";
import { Interrupted } from "../operations/interruption";
import { endAtSignals } from "./interruption";
import { EXIT, type Io } from "./io";
import { createProgram } from "./program";
import { createIo } from "./terminal";

/** The only place that ends the process. Whatever is no `Failure` is a bug, and shows its stack. */
async function main(io: Io): Promise<void> {
  try {
    process.exitCode = EXIT.done;
    const exit = (code: number) => {
      process.exitCode = code;
    };
    await createProgram({ io, exit, process }).parseAsync();
  } catch (error) {
    process.exitCode = report(io, error);
  }
}

function report(io: Io, error: unknown): number {
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

// A reader that goes away, as `head` does, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.done);
});

const io = createIo(process);
endAtSignals(process, io);
void main(io);
