/** What commands print to and read from; tests give their own. */
export interface Io {
  /** Results: what a pipe wants. */
  out(text: string): void;
  /** Progress, questions and errors: what a person wants. */
  err(text: string): void;
  /** Whether a person watches. */
  readonly interactive: boolean;
}

/** What the process ends with. */
export const EXIT = { done: 0, failed: 1, changes: 2, usage: 64 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
