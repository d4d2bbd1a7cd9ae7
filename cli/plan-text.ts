import type { PlanAction, PlanSummary, SummarizedChange } from "../operations/plan-summary";
import type { Style } from "./style";

const SIGNS: Readonly<Record<PlanAction, string>> = {
  create: "+",
  update: "~",
  replace: "±",
  delete: "-",
  forget: "·",
};

/** A plan for a person: a line for each change, why it is replaced, and which settings differ. */
export function planText(summary: PlanSummary, style: Style): string {
  const lines = summary.changes.flatMap((change) => changeLines(change, style));
  if (summary.drift.length > 0) {
    lines.push(style.yellow(`  changed since the last apply, not by it: ${summary.drift.join(", ")}`));
  }
  const lost = summary.changes.filter(({ losesData }) => losesData).map(({ name, address }) => name ?? address);
  if (lost.length > 0)
    lines.push(style.red(style.bold(`  DESTROYS DATA: ${lost.map((name) => `volume ${name}`).join(", ")}`)));
  return lines.join("\n");
}

function changeLines(change: SummarizedChange, style: Style): string[] {
  const { action, address, name, cause, settings, losesData } = change;
  const colour = losesData || action === "delete" ? style.red : action === "create" ? style.green : style.yellow;
  const why = cause ? `: ${cause}` : "";
  return [
    `  ${colour(`${SIGNS[action]} ${action.padEnd(7)}`)} ${address}${name ? style.dim(` ${name}`) : ""}${why}`,
    ...settings.map(({ key, before, after }) => {
      const values =
        before === undefined && after === undefined ? "changed" : `${before ?? "(none)"} → ${after ?? "(none)"}`;
      return `${" ".repeat(12)}${key}: ${values}`;
    }),
  ];
}
