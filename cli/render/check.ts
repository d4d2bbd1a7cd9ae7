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
