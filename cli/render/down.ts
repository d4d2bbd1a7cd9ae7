import type { DownPlan } from "../../operations/deploy/down";
import { orphansText } from "../../operations/deploy/orphans";
import { changesText } from "../../review";
import { isColoured, type Style } from "./style";

/** What taking an environment down will do: the plan, what an earlier apply left, and what becomes of the data. */
export function downText({ report, orphans, kept, lost, disks = [], directories }: DownPlan, style: Style): string {
  return [
    ...(report ? [changesText(report, isColoured(style))] : []),
    ...orphansText(orphans).map((line) => style.yellow(`  ${line}`)),
    ...kept.map((one) => `  stays: ${one} (protected)`),
    ...directories.map((directory) => `  stays: directory ${directory} on the Docker host`),
    ...lost.map((one) => style.red(`  goes, with everything in it: ${one}`)),
    ...disks.map((text) => `  ${text}`),
  ].join("\n");
}

/** What of the data is still there, afterwards. */
export function keptText({ kept }: DownPlan): string {
  return kept.length > 0 ? ` Kept: ${kept.join(", ")}.` : "";
}
