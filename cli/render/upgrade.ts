import type { ShownUpgrade } from "../../operations/upgrade/upgrade";
import type { Style } from "./style";

/** What an upgrade is about to do, and what is known of it. */
export function upgradeText({ changes, breaks, warnings }: Omit<ShownUpgrade, "report">, style: Style): string[] {
  return [
    ...changes.map((one) => style.bold(one)),
    ...breaks.map(({ product, version, text, source }) => style.yellow(`  ${product} ${version}: ${text} [${source}]`)),
    ...warnings.map((one) => style.yellow(`  ${one}`)),
  ];
}
