import type { Change, Plan } from "../plan/model";
import type { ConfigurationChange, Finding, Severity } from "./finding";
import { type Impact, SEVERITIES } from "./finding";
import type { Graph } from "./graph";

/** The result of a review. Formats only print it. */
export interface Report {
  /** Name of the environment, for headings. @default - none */
  readonly environment?: string;
  /** Why nothing could be reviewed; then everything else is empty. */
  readonly problem?: string;
  readonly source: "plan" | "configuration";
  readonly headline: string;
  readonly findings: readonly Finding[];
  readonly configuration: readonly ConfigurationChange[];
  readonly changes: readonly ReviewedChange[];
  /** Names of outputs that change. */
  readonly outputs: readonly string[];
  readonly counts: Counts;
  readonly graph: Graph;
  readonly failOn: Severity;
  /** 0 clean, 2 findings at or above `failOn`, 1 nothing could be reviewed. */
  readonly exitCode: 0 | 1 | 2;
  /** Of a plan that was reviewed: see `fingerprintOf`. @default - there was nothing to approve */
  readonly fingerprint?: string;
}

export interface ReviewedChange extends Change {
  /** Why Terraform does this, when its attributes do not say it. */
  readonly cause?: string;
}

export interface Counts {
  readonly create: number;
  readonly update: number;
  readonly replace: number;
  readonly delete: number;
  readonly forget: number;
  readonly unchanged: number;
}

export function countsOf(changes: readonly Change[]): Counts {
  const count = (action: Change["action"]) => changes.filter((change) => change.action === action).length;
  return {
    create: count("create"),
    update: count("update"),
    replace: count("replace"),
    delete: count("delete"),
    forget: count("forget"),
    unchanged: count("none"),
  };
}

/** `1 to create, 2 to replace, 9 unchanged`. */
export function countsText(counts: Counts): string {
  const words: [number, string][] = [
    [counts.create, "to create"],
    [counts.update, "to update in place"],
    [counts.replace, "to replace"],
    [counts.delete, "to destroy"],
    [counts.forget, "to forget"],
    [counts.unchanged, "unchanged"],
  ];
  return words
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`)
    .join(", ");
}

/** What a plan does, in a few words: `1 to create, 2 to replace`. */
export function changesInWords({ changes, outputs }: Plan): string {
  const counted = countsText({ ...countsOf(changes), unchanged: 0 });
  return counted || (outputs.length > 0 ? "only outputs change" : "no changes");
}

/** What this plan brings and nobody has accepted. */
export function isOpen(finding: Finding): boolean {
  return !finding.standing && finding.acknowledged === undefined;
}

export function atLeast(severity: Severity, threshold: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(threshold);
}

export function impactsOf<K extends Impact["kind"]>(
  findings: readonly Finding[],
  kind: K,
): Extract<Impact, { kind: K }>[] {
  return findings.flatMap(({ impact }) => (impact?.kind === kind ? [impact as Extract<Impact, { kind: K }>] : []));
}
