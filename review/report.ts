import { createHash } from "node:crypto";
import type { Change } from "../plan/model";
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
  readonly changes: readonly Change[];
  readonly counts: Counts;
  readonly graph: Graph;
  readonly failOn: Severity;
  /** 0 clean, 2 findings at or above `failOn`, 1 nothing could be reviewed. */
  readonly exitCode: 0 | 1 | 2;
  /** Equal for plans that do the same: what was approved can be compared with what is about to be applied. */
  readonly fingerprint: string;
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

/** Over what will be done, not over what was found: other rules or acknowledgements do not make another plan of it. */
export function fingerprintOf(changes: readonly Change[]): string {
  const done = changes
    .filter(({ action }) => action !== "none" && action !== "read")
    .map(({ address, action, createFirst, attributes }) => [address, action, createFirst, attributes]);
  return createHash("sha256").update(JSON.stringify(done)).digest("hex");
}
