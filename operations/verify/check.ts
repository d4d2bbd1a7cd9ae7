/** One thing that was looked at. */
export interface Check {
  /** Stable, for machines: `push`. */
  readonly id: string;
  /** What should hold, for people: `a wrong password is refused`. */
  readonly title: string;
  readonly status: "passed" | "failed" | "warning" | "skipped";
  /** What was seen. */
  readonly detail?: string;
  /** What to do, when it failed. */
  readonly remedy?: string;
}

/** What to do, as a text; or made from the environment's name, for commands that need it. */
type Remedy = string | ((environment: string) => string);

/** What came of looking. */
export interface Outcome extends Pick<Check, "status" | "detail"> {
  readonly remedy?: Remedy;
}

export const passed = (detail?: string) => ({ status: "passed" as const, detail, remedy: undefined });
export const failed = <R extends Remedy>(detail: string, remedy?: R) => ({ status: "failed" as const, detail, remedy });
export const warning = <R extends Remedy>(detail: string, remedy?: R) => ({
  status: "warning" as const,
  detail,
  remedy,
});
export const skipped = (detail: string): Outcome => ({ status: "skipped", detail });

/** Gathers checks, and tells each as soon as it is known. */
export class Checks {
  public readonly all: Check[] = [];

  private readonly tell: (check: Check) => void;
  private readonly environment: string;

  /** @param environment name of the one that is looked at, for remedies; without one, no remedy may need it */
  constructor(tell: (check: Check) => void = () => {}, environment = "ENVIRONMENT") {
    this.tell = tell;
    this.environment = environment;
  }

  /** Runs a check; one that cannot be finished has failed. @returns whether it passed */
  public async run(id: string, title: string, look: () => Promise<Outcome> | Outcome): Promise<boolean> {
    let outcome: Outcome;
    try {
      outcome = await look();
    } catch (error) {
      outcome = failed(reason(error));
    }
    const { remedy } = outcome;
    const check = { id, title, ...outcome, remedy: typeof remedy === "function" ? remedy(this.environment) : remedy };
    this.all.push(check);
    this.tell(check);
    return outcome.status === "passed" || outcome.status === "warning";
  }
}

/** Why something could not be done, in words rather than codes where they are known. */
export function reason(error: unknown): string {
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  const { code, message } = inner as NodeJS.ErrnoException;
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: "nobody listens there",
    ECONNRESET: "the connection was cut",
    ENOTFOUND: "the name does not resolve",
    EAI_AGAIN: "the name could not be resolved: no DNS server answers",
    ETIMEDOUT: "no answer",
    EHOSTUNREACH: "no route there",
  };
  const known = code && words[code];
  return known ? `${known} (${message || code})` : message || code || String(inner);
}

/** `17 passed, 1 failed, 2 warnings, 1 skipped` */
export function checksSummary(checks: readonly Pick<Check, "status">[]): string {
  const count = (status: Check["status"]) => checks.filter((check) => check.status === status).length;
  const parts = [`${count("passed")} passed`, `${count("failed")} failed`];
  if (count("warning") > 0) parts.push(`${count("warning")} to look at`);
  if (count("skipped") > 0) parts.push(`${count("skipped")} skipped`);
  return parts.join(", ");
}
