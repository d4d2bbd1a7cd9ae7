import { existsSync, readFileSync } from "node:fs";
import { planFiles } from "../operations/saved-plan";
import { format, review } from "../review";
import { POLICY_FILE } from "./commands/review";
import type { Style } from "./style";

/** What the saved plan of an environment will do to people: the review's headline and its open findings. */
export function consequences(environment: string, style: Style): string {
  const policy = existsSync(POLICY_FILE) ? readFileSync(POLICY_FILE, "utf8") : undefined;
  const report = review(readFileSync(planFiles(environment).json, "utf8"), { environment, policy });
  return format(report, "text", { brief: true, colors: isColoured(style) }).trimEnd();
}

/** Whether a style colours at all. */
export function isColoured(style: Style): boolean {
  return style.bold("") !== "";
}
