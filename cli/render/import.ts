import type { ComposeImport } from "../../operations/compose/import";
import type { Style } from "./style";

/** What an import kept, what it changed and why, and what a person should look at. */
export function importText({ report }: ComposeImport, { bold, yellow }: Style): string {
  const { keptThings, changes, warnings, counts } = report;
  return [
    bold("Kept"),
    ...keptThings.map((kept) => `  ${kept}`),
    bold("Changed"),
    ...changes.map(({ what, why }) => `  ${what}: ${why}`),
    ...(warnings.length > 0 ? [bold(yellow("Look at"))] : []),
    ...warnings.map((warning) => `  ${warning}`),
    `Of the old configuration's keys ${counts.kept} are kept, ${counts.changed} changed, ${counts["left out"]} left out.`,
  ].join("\n");
}
