import { CommanderError } from "commander";
import { Failure } from "../operations/failure";
import { EXIT, type Io } from "./io";
import { createProgram } from "./program";

const io: Io = {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  interactive: process.stderr.isTTY === true && process.stdin.isTTY === true && !process.env.CI,
};

/** The only place that ends the process. Whatever is no `Failure` is a bug, and shows its stack. */
async function main(): Promise<void> {
  try {
    process.exitCode = EXIT.done;
    await createProgram(io, (code) => {
      process.exitCode = code;
    }).parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof Failure) {
    io.err(error.message);
    if (error.remedy) io.err(`  → ${error.remedy}`);
    if (error.details) io.err(`\n${error.details.trimEnd()}`);
    return EXIT.failed;
  }
  io.err(error instanceof Error ? (error.stack ?? error.message) : String(error));
  io.err("This is a bug in private-registry; please report it with the lines above.");
  return EXIT.failed;
}

void main();
