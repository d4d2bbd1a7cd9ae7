import type { Change } from "../../plan/model";
import type { Finding } from "../finding";
import { countsText, type Report } from "../report";
import { code, inline, sentence } from "./escape";
import { mermaid } from "./mermaid";
import {
  acknowledged,
  attributeLine,
  byRule,
  detailed,
  notes,
  openFindings,
  SIGNS,
  settingLine,
  standing,
  verdict,
  whatOf,
} from "./sections";
import { isQuiet } from "./text";

export interface MarkdownOptions {
  /** Longest comment that the code host takes. @default 65536, GitHub's */
  readonly maxLength?: number;
  /** Nothing at all when nothing changes and nothing was found. @default false */
  readonly skipNoChanges?: boolean;
}

/** First line of a comment: by it, the next run finds the comment that it replaces. */
function marker(environment: string | undefined): string {
  return `<!-- private-registry review: ${(environment ?? "plan").replace(/[^\w.-]/g, "_")} -->`;
}

/** Second line of a comment on a plan that was reviewed: what somebody approves with it. */
function fingerprintLine({ fingerprint }: Report): string | undefined {
  return fingerprint && `<!-- fingerprint: ${fingerprint} -->`;
}

/** A comment for a pull request. What does not fit goes from the end, and a line says so; head and findings stay. */
export function markdown(report: Report, options: MarkdownOptions = {}): string {
  if (options.skipNoChanges && isQuiet(report)) return "";
  const maxLength = options.maxLength ?? 65_536;
  const whole = required(report, "full");
  const short = whole.length <= maxLength * 0.8 ? whole : required(report, "short");
  return assemble(short, optional(report), maxLength);
}

function required(report: Report, length: "full" | "short"): string {
  const findings = openFindings(report);
  const lines = length === "full" ? findings.map(full) : grouped(findings);
  return join([
    [marker(report.environment), fingerprintLine(report)].filter(Boolean).join("\n"),
    `### ${report.environment ? `${inline(report.environment)}: ` : ""}${inline(report.headline)}`,
    `**${inline(verdict(report))}**${report.counts && report.source === "plan" && !report.problem ? ` ${countsText(report.counts)}.` : ""}`,
    lines.join("\n"),
  ]);
}

function full(finding: Finding): string {
  return [
    `- ${SIGNS[finding.severity]} **${sentence(finding.message)}**`,
    `  ${code(finding.address)}${finding.cause ? `, because ${sentence(finding.cause)}` : ""}`,
    `  *Instead:* ${sentence(finding.fix)} <sub>${finding.rule}</sub>`,
  ].join("<br>\n");
}

/** One line for each rule, with every address: what is left when whole sentences do not fit. */
function grouped(findings: readonly Finding[]): string[] {
  const rules = new Map<string, Finding[]>();
  for (const finding of findings) rules.set(finding.rule, [...(rules.get(finding.rule) ?? []), finding]);
  return [...rules.values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const shown = same.slice(0, 200).map(({ address }) => code(address.slice(0, 120)));
    const more = same.length > shown.length ? ` and ${same.length - shown.length} more` : "";
    return [
      `- ${SIGNS[first.severity]} **${first.rule}** ${same.length}×, first: ${sentence(first.message.slice(0, 400))} At ${shown.join(", ")}${more}`,
    ];
  });
}

/** From the most to the least important. */
function optional(report: Report): Part[] {
  if (report.problem) return [];
  const picture = mermaid(report.graph);
  return [
    part(
      "configuration changes",
      "Configuration changes",
      fenced(report.configuration.map(settingLine)),
      report.configuration.length,
      "open",
    ),
    part(
      "accepted findings",
      "Accepted",
      acknowledged(report).map((finding) => `${brief(finding)} Accepted: ${inline(finding.acknowledged ?? "")}`),
      0,
    ),
    part("notes", "Good to know", byRule(notes(report)).map(together), 0),
    ...(picture && report.source === "plan"
      ? [
          {
            name: "the picture",
            lines: [`\`\`\`mermaid\n${picture}\n\`\`\``],
            title: "Picture",
            count: 0,
            unfolded: false,
          },
        ]
      : []),
    part("details", "Details", detailed(report).map(detail), 0),
    part("standing findings", "Unchanged by this plan, not counted", byRule(standing(report)).map(together), 0),
  ].filter(({ lines }) => lines.length > 0);
}

interface Part {
  readonly name: string;
  readonly title: string;
  readonly lines: readonly string[];
  readonly count: number;
  readonly unfolded: boolean;
}

function part(
  name: string,
  title: string,
  lines: readonly string[],
  count: number,
  state: "open" | "folded" = "folded",
): Part {
  return { name, title, lines, count: count || lines.length, unfolded: state === "open" };
}

/** Parts as long as they fit, then as many lines of the next as fit. */
function assemble(start: string, parts: readonly Part[], maxLength: number): string {
  const note = 200;
  let result = start;
  const left: string[] = [];
  for (const each of parts) {
    const whole = `\n\n${render(each, each.lines)}`;
    if (result.length + whole.length + note <= maxLength) {
      result += whole;
      continue;
    }
    const fitting = takeWhile(each, maxLength - result.length - note);
    if (fitting.length > 0) result += `\n\n${render(each, fitting)}`;
    left.push(fitting.length > 0 ? `${each.lines.length - fitting.length} of ${each.name}` : each.name);
  }
  const dropped =
    left.length > 0 ? `\n\n*Left out for length: ${left.join(", ")}. The report as text or JSON has everything.*` : "";
  return `${result}${dropped}\n`;
}

function takeWhile(each: Part, room: number): readonly string[] {
  let used = render(each, []).length;
  let count = 0;
  for (const line of each.lines) {
    used += line.length + 1;
    if (used > room) break;
    count++;
  }
  return each.lines.slice(0, count);
}

function render({ title, count, unfolded }: Part, lines: readonly string[]): string {
  const heading = count > 1 ? `${title} (${count})` : title;
  return unfolded
    ? `**${heading}**\n\n${lines.join("\n")}`
    : `<details><summary>${heading}</summary>\n\n${lines.join("\n")}\n\n</details>`;
}

/** A block of its own for each line, so that a long list can be cut anywhere. */
function fenced(lines: readonly string[]): string[] {
  return lines.map((line) => `- ${code(line)}`);
}

function brief(finding: Finding): string {
  return `- ${SIGNS[finding.severity]} ${sentence(finding.message)} ${code(finding.address)} <sub>${finding.rule}</sub>`;
}

function together(same: readonly Finding[]): string {
  const [first] = same;
  if (!first) return "";
  if (same.length === 1) return brief(first);
  const addresses = same.map(({ address }) => code(address)).join(", ");
  return `- ${SIGNS[first.severity]} ${sentence(whatOf(first.rule))}: ${addresses} <sub>${first.rule}</sub>`;
}

function detail(change: Change): string {
  const lines = change.attributes.map((attribute) => `  - ${code(attributeLine(attribute, change.action))}`);
  return [`- **${change.action}** ${code(change.address)}`, ...lines].join("\n");
}

function join(parts: readonly string[]): string {
  return parts.filter((text) => text !== "").join("\n\n");
}
