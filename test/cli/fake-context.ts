import type { Context } from "../../cli/context";
import type { ExitCode } from "../../cli/io";
import { createProgram } from "../../cli/program";
import { createStyle } from "../../cli/style";

/** What a run of the command line printed and would have ended with. */
export interface Ran {
  readonly out: string;
  readonly err: string;
  readonly code: ExitCode | undefined;
  readonly error: unknown;
}

/** A context that records; nobody watches and nobody can be asked. */
export function fakeContext() {
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
      interactive: false,
      style,
      errStyle: style,
    },
    exit: (given) => {
      code = given;
    },
    process,
  };
  return { context, ran: (error?: unknown): Ran => ({ out: out.join("\n"), err: err.join("\n"), code, error }) };
}

/** Parses and runs arguments; what is thrown is returned. */
export async function runProgram(...args: string[]): Promise<Ran> {
  const { context, ran } = fakeContext();
  try {
    await createProgram(context).parseAsync(args, { from: "user" });
    return ran();
  } catch (error) {
    return ran(error);
  }
}
