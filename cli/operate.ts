import type { Operation } from "../operations/operation";
import { prepareOperation } from "../operations/prepare";
import type { Context } from "./context";
import { createInterruption } from "./interruption";
import { createProgress } from "./render/progress";

/** Prepares a longer operation on an environment, and runs it so that Ctrl-C ends it well. */
export function operate<T>(
  { io, process }: Context,
  command: string,
  name: string,
  options: { readonly verbose?: boolean },
  work: (operation: Operation) => Promise<T>,
): Promise<T> {
  const { dim, yellow } = io.errStyle;
  const { operation, former, ignored } = prepareOperation(command, name, {
    variables: process.env,
    interruption: createInterruption(process, io),
    progress: createProgress(io),
    echo: options.verbose ? (text) => io.err(dim(text)) : undefined,
  });
  if (former) {
    io.err(
      yellow(
        `The state of ${former}, which no file describes, publishes the same port: was ${former} renamed to ${name}?\n  → to go on with it, write \`name: ${former}\` into the file`,
      ),
    );
  }
  if (ignored.length > 0) io.err(dim(`Not handed to Terraform: ${ignored.join(", ")} (docs/cli.md says why)`));
  return work(operation);
}
