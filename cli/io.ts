import type { Style } from "./render/style";

/** What commands print to and read from; tests give their own. */
export interface Io {
  /** Results: what a pipe wants. */
  out(text: string): void;
  /** Progress, questions and errors: what a person wants. */
  err(text: string): void;
  /** Replaces the last line of progress; an empty text removes it. Nothing happens when nobody watches. */
  transient(text: string): void;
  /** Whether a person watches, on a terminal that can redraw a line. */
  readonly watched: boolean;
  /** Whether that person can be asked. */
  readonly interactive: boolean;
  /** For what `out` prints. */
  readonly style: Style;
  /** For what `err` prints. */
  readonly errStyle: Style;
}

/** What the process ends with. */
export const EXIT = { done: 0, failed: 1, changes: 2, usage: 64, stopped: 130 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
