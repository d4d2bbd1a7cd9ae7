import type { Context } from "../../cli/context";
import type { ExitCode } from "../../cli/io";
import { createProgram } from "../../cli/program";
import { createStyle } from "../../cli/render/style";
import { run } from "../../cli/run";

/** What a run of the command line printed and would have ended with. */
export interface Ran {
  readonly out: string;
  readonly err: string;
  readonly code: ExitCode | undefined;
  readonly error: unknown;
}

/** What a test gives in place of the usual. */
export interface ContextOptions {
  /** @default - this process */
  readonly process?: NodeJS.Process;
  /** Whether somebody can be asked. @default false */
  readonly interactive?: boolean;
}

/** A context that records; nobody watches, and nobody can be asked unless a test says so. */
export function fakeContext({ process: given = process, interactive = false }: ContextOptions = {}) {
  const out: string[] = [];
  const err: string[] = [];
  let code: ExitCode | undefined;
  const style = createStyle(false);
  const context: Context = {
    io: {
      out: (text) => void out.push(text),
      err: (text) => void err.push(text),
      transient: () => {},
      watched: false,
      interactive,
      style,
      errStyle: style,
    },
    exit: (given) => {
      code = given;
    },
    process: given,
  };
  return { context, ran: (error?: unknown): Ran => ({ out: out.join("\n"), err: err.join("\n"), code, error }) };
}

/** Parses and runs arguments; what is thrown is returned. */
export function runProgram(...args: string[]): Promise<Ran> {
  return runProgramWith({}, ...args);
}

/** As `runProgram`, in a context of a test's own. */
export async function runProgramWith(options: ContextOptions, ...args: string[]): Promise<Ran> {
  const { context, ran } = fakeContext(options);
  try {
    await createProgram(context).parseAsync(args, { from: "user" });
    return ran();
  } catch (error) {
    return ran(error);
  }
}

/** Runs arguments as the program itself would, from variables to exit code. */
export function runAsProgram(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { out, err }: Pick<Context["io"], "out" | "err">,
): Promise<ExitCode> {
  const { context } = fakeContext({ process: Object.create(process, { env: { value: env } }) });
  return run({ ...context, io: { ...context.io, out, err } }, args);
}
