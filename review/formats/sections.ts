import type { AttributeChange, Change } from "../../plan/model";
import { shorten, sides } from "../brief";
import type { ConfigurationChange, Finding, Severity } from "../finding";
import { isOpen, type Report, type ReviewedChange } from "../report";
import { RULES } from "../rules";

/** What every format for people says, in the order in which they say it. */

export const SIGNS: Readonly<Record<Severity, string>> = { error: "✗", warning: "⚠", info: "ℹ" };

export const ACTION_SIGNS: Readonly<Record<Change["action"], string>> = {
  create: "+",
  update: "~",
  replace: "±",
  delete: "−",
  forget: "⊘",
  read: "?",
  none: " ",
};

export function titleOf({ environment, headline }: Report): string {
  return environment ? `${environment}: ${headline}` : headline;
}

/** What to do with the plan, in one sentence. */
export function verdict(report: Report): string {
  if (report.problem) return `Nothing was reviewed: ${report.problem.replace(/\.$/, "")}.`;
  const open = report.findings.filter(isOpen);
  if (open.some(({ impact }) => impact?.kind === "data-loss")) return "Do not apply: data would be lost.";
  if (open.some(({ impact }) => impact?.kind === "left-behind"))
    return "Move the data first: this plan makes the containers look for it in another place.";
  if (report.exitCode === 2) return "Fix or acknowledge the findings below before you apply.";
  const accepted = report.findings.some((finding) => finding.acknowledged && finding.impact?.kind === "data-loss");
  if (accepted) return "This deletes data. The finding below was acknowledged.";
  if (open.some(({ severity }) => severity === "warning")) return "Apply only if you accept the warnings below.";
  if (report.source === "configuration")
    return "Reviewed without a plan. What would happen to running containers is not known.";
  return isUnchanged(report) ? "Nothing to apply." : "Can be applied.";
}

export function isUnchanged({ counts, outputs }: Report): boolean {
  const { create, update, replace, delete: gone, forget } = counts;
  return create + update + replace + gone + forget + outputs.length === 0;
}

/** Findings of one rule, side by side where they are many. */
export function byRule(findings: readonly Finding[]): readonly (readonly Finding[])[] {
  const rules = new Map<string, Finding[]>();
  for (const finding of findings) rules.set(finding.rule, [...(rules.get(finding.rule) ?? []), finding]);
  return [...rules.values()].flatMap((same) => (same.length > 2 ? [same] : same.map((finding) => [finding])));
}

export function whatOf(rule: string): string {
  return RULES.find(({ id }) => id === rule)?.what ?? rule;
}

export function openFindings(report: Report): readonly Finding[] {
  return report.findings.filter((finding) => isOpen(finding) && finding.severity !== "info");
}

export function notes(report: Report): readonly Finding[] {
  return report.findings.filter((finding) => isOpen(finding) && finding.severity === "info");
}

export function acknowledged(report: Report): readonly Finding[] {
  return report.findings.filter((finding) => finding.acknowledged !== undefined && !finding.standing);
}

export function standing(report: Report): readonly Finding[] {
  return report.findings.filter((finding) => finding.standing);
}

export function settingLine({ key, before, after }: Pick<ConfigurationChange, "key" | "before" | "after">): string {
  const [old, next] = sides(before, after);
  return `${key}: ${old} → ${next}`;
}

/** Changes that the details show, most drastic first. */
export function detailed({ changes }: Report): readonly ReviewedChange[] {
  const order: readonly Change["action"][] = ["delete", "replace", "update", "forget", "create"];
  return changes
    .filter(({ action }) => order.includes(action))
    .map((change, index) => ({ change, index }))
    .sort((a, b) => order.indexOf(a.change.action) - order.indexOf(b.change.action) || a.index - b.index)
    .map(({ change }) => change);
}

export function attributeLine(
  { path, before, after, forcesReplacement }: AttributeChange,
  action: Change["action"],
): string {
  const [old, next] = sides(before, after);
  const name = shorten(path);
  if (action === "create") return `${name}: ${next}`;
  if (action === "delete") return `${name}: ${old}`;
  return `${name}: ${old} → ${next}${forcesReplacement ? "  ← forces the replacement" : ""}`;
}
