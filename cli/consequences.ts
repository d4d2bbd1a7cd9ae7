import { readFileSync } from "node:fs";
import { planFiles } from "../operations/deploy/saved-plan";
import { format, review } from "../review";
import { readPolicy } from "./policy";
import type { Style } from "./style";

/** What the saved plan of an environment will do to people: the review's headline and its open findings. */
export function consequences(environment: string, style: Style): string {
  const json = readFileSync(planFiles(environment).json, "utf8");
  const report = review(json, { environment, policy: readPolicy() });
  return format(report, "text", { brief: true, colors: isColoured(style) }).trimEnd();
}

/** Whether a style colours at all. */
export function isColoured(style: Style): boolean {
  return style.bold("") !== "";
}
