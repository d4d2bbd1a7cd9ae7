import type { ExitCode, Io } from "./io";

/** What every command gets. */
export interface Context {
  readonly io: Io;
  /** Sets the exit code of a command that ends well but has something to say with it. */
  readonly exit: (code: ExitCode) => void;
  readonly process: NodeJS.Process;
}
