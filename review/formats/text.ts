import { get } from "../../plan/json";
import type { AttributeChange, Change } from "../../plan/model";
import { shorten } from "../brief";
import type { Finding } from "../finding";
import { countsText, type Report, type ReviewedChange } from "../report";
import {
  ACTION_SIGNS,
  acknowledged,
  attributeLine,
  byRule,
  detailed,
  isUnchanged,
  notes,
  openFindings,
  SIGNS,
  settingLine,
  standing,
  titleOf,
  verdict,
  whatOf,
} from "./sections";

export interface TextOptions {
  /** @default false */
  readonly colors?: boolean;
  /** Attribute by attribute, and what was so before. @default false */
  readonly details?: boolean;
  /** Nothing at all when nothing changes and nothing was found. @default false */
  readonly skipNoChanges?: boolean;
  /** The headline and what must be settled or known, nothing else. @default false */
  readonly brief?: boolean;
  /** First of all a line for each change, and the settings that differ. @default false */
  readonly changes?: boolean;
}

type Paint = (text: string, code: number) => string;

/** For a terminal. */
export function text(report: Report, options: TextOptions = {}): string {
  if (options.skipNoChanges && isQuiet(report)) return "";
  const paint = painter(options.colors === true);
  const parts = [options.changes ? changes(report, paint) : "", head(report, paint)];
  if (!report.problem) {
    parts.push(section(openFindings(report).map((finding) => full(finding, paint))));
  }
  if (!report.problem && !options.brief) {
    parts.push(
      settings(report, paint),
      titled("Good to know", byRule(notes(report)).map(together), paint),
      titled(
        "Acknowledged",
        acknowledged(report).map(
          (finding) => `  ${SIGNS[finding.severity]} ${short(finding)} Accepted: ${finding.acknowledged}`,
        ),
        paint,
      ),
      already(report, paint, options.details === true),
      options.details ? details(report, paint) : "",
    );
  }
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function painter(colors: boolean): Paint {
  return (value, code) => (colors ? `\u001b[${code}m${value}\u001b[0m` : value);
}

/** Nothing changes and nothing was found. */
export function isQuiet(report: Report): boolean {
  return !report.problem && report.source === "plan" && isUnchanged(report) && openFindings(report).length === 0;
}

function head(report: Report, paint: Paint): string {
  const color = report.exitCode === 0 ? 32 : 31;
  const counts = countsText(report.counts);
  const second = [verdict(report), report.source === "plan" && counts ? `(${counts})` : ""].filter(Boolean).join(" ");
  return `${paint(clean(titleOf(report)), color)}\n${clean(second)}`;
}

function full(finding: Finding, paint: Paint): string {
  const color = finding.severity === "error" ? 31 : 33;
  return [
    `${paint(`${SIGNS[finding.severity]} ${clean(finding.message)}`, color)}`,
    `  at       ${clean(finding.address)}  [${finding.rule}]`,
    ...(finding.cause ? [`  cause    ${clean(finding.cause)}`] : []),
    `  instead  ${clean(finding.fix)}`,
  ].join("\n");
}

function together(same: readonly Finding[]): string {
  const [first] = same;
  if (!first) return "";
  if (same.length === 1) return `  ${SIGNS[first.severity]} ${short(first)}`;
  return `  ${SIGNS[first.severity]} ${whatOf(first.rule)}: ${same.map(({ address }) => clean(address)).join(", ")} [${first.rule}]`;
}

function short({ message, address, rule }: Finding): string {
  return `${clean(message)} ${clean(address)} [${rule}]`;
}

function settings(report: Report, paint: Paint): string {
  return titled(
    "Configuration",
    report.configuration.map((change) => `  ${clean(settingLine(change))}`),
    paint,
  );
}

function already(report: Report, paint: Paint, all: boolean): string {
  const findings = standing(report);
  if (findings.length === 0) return "";
  if (all) return titled("Unchanged by this plan, not counted", byRule(findings).map(together), paint);
  return `${findings.length} finding${findings.length === 1 ? "" : "s"} that this plan does not change; --details shows them.`;
}

/** What the plan changes, most drastic first; settings only of what was there before. */
export function changesText(report: Report, colors: boolean): string {
  return changes(report, painter(colors));
}

function changes(report: Report, paint: Paint): string {
  const lost = report.findings.filter(({ impact }) => impact?.kind === "data-loss").map(({ address }) => address);
  return detailed(report)
    .flatMap((change) => changeLines(change, lost.includes(change.address), paint))
    .join("\n");
}

function changeLines(
  { address, action, cause, attributes, before, after }: ReviewedChange,
  loses: boolean,
  paint: Paint,
) {
  const color = loses || action === "delete" ? 31 : action === "create" ? 32 : 33;
  const name = get(after, "name") ?? get(before, "name");
  const named = typeof name === "string" ? paint(` ${clean(name)}`, 2) : "";
  const why = cause ? `: ${clean(cause)}` : "";
  const settings = action === "update" || action === "replace" ? attributes : [];
  return [
    `  ${paint(`${ACTION_SIGNS[action]} ${action.padEnd(7)}`, color)} ${clean(address)}${named}${why}`,
    ...settings.map((attribute) => `            ${clean(settingOf(attribute))}`),
  ];
}

/** Of a file only that it changes: what is in it is long, or secret. Of triggers the key that they repeat. */
function settingOf({ path, before, after }: AttributeChange): string {
  const file = /^upload\.(.+)$/.exec(path)?.[1];
  if (file)
    return `file ${shorten(file)}: ${before === undefined ? "added" : after === undefined ? "removed" : "changed"}`;
  return settingLine({ key: shorten(path.replace(/^triggers(_replace)?\./, "")), before, after });
}

function details(report: Report, paint: Paint): string {
  return section(detailed(report).map((change) => detail(change, paint)));
}

function detail(change: Change, paint: Paint): string {
  const title = `${ACTION_SIGNS[change.action]} ${change.action} ${clean(change.address)}`;
  return [
    paint(title, 1),
    ...change.attributes.map((attribute) => `    ${clean(attributeLine(attribute, change.action))}`),
  ].join("\n");
}

function section(parts: readonly string[]): string {
  return parts.join("\n\n");
}

function titled(title: string, lines: readonly string[], paint: Paint): string {
  return lines.length > 0 ? [paint(`${title}:`, 1), ...lines].join("\n") : "";
}

/** Backquotes are for Markdown; control characters would steer the terminal. */
function clean(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are taken out
  return value.replaceAll("`", "").replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "�");
}
