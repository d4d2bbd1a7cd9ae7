import type { Check } from "../../operations/verify/check";
import type { Style } from "./style";

/** A check as a line, with what to do below it when it failed. */
export function checkText({ status, title, detail, remedy }: Check, style: Style): string {
  const marks = {
    passed: style.green("✓"),
    failed: style.red("✗"),
    warning: style.yellow("!"),
    skipped: style.dim("-"),
  };
  const tail = detail ? `: ${detail}` : "";
  const line = `${marks[status]} ${status === "failed" ? style.red(title + tail) : `${title}${style.dim(tail)}`}`;
  return remedy && status !== "passed" ? `${line}\n    → ${remedy}` : line;
}

/** `17 passed, 1 failed, 2 warnings, 1 skipped` */
export function checksSummary(checks: readonly Pick<Check, "status">[]): string {
  const count = (status: Check["status"]) => checks.filter((check) => check.status === status).length;
  const parts = [`${count("passed")} passed`, `${count("failed")} failed`];
  if (count("warning") > 0) parts.push(`${count("warning")} to look at`);
  if (count("skipped") > 0) parts.push(`${count("skipped")} skipped`);
  return parts.join(", ");
}
