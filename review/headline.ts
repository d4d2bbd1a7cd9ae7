import type { Change } from "../plan/model";
import type { ConfigurationChange, Finding } from "./finding";
import { countsOf, impactsOf, isOpen } from "./report";

/** One line to act on, nothing when there is nothing to say: `✗ data loss: 1 · ⚠ downtime: registry ~5 s · ✎ 2 configuration keys · 3 safe`. */
export function headlineOf(
  findings: readonly Finding[],
  configuration: readonly ConfigurationChange[],
  changes: readonly Change[],
): string | undefined {
  const open = findings.filter(isOpen);
  const accepted = findings.filter(({ acknowledged, standing }) => acknowledged !== undefined && !standing);
  const parts = [
    impactsOf(open, "destroy-all").length > 0 ? "✗ everything is destroyed" : undefined,
    count("✗ data loss", impactsOf(open, "data-loss").length),
    count("✗ data loss accepted", impactsOf(accepted, "data-loss").length),
    count("✗ data left behind", impactsOf(open, "left-behind").length),
    ...otherErrors(open),
    downtime([...open, ...accepted]),
    plain("⚠", open.filter((finding) => finding.severity === "warning" && !finding.impact).length, "warning"),
    plain("✎", configuration.length, "configuration key"),
    ...(impactsOf(open, "destroy-all").length > 0 ? [] : safe([...open, ...accepted], changes)),
  ].filter((part) => part !== undefined);
  return parts.length > 0 ? parts.join(" · ") : undefined;
}

function count(what: string, number: number): string | undefined {
  return number > 0 ? `${what}: ${number}` : undefined;
}

function plain(sign: string, number: number, noun: string): string | undefined {
  return number > 0 ? `${sign} ${number} ${noun}${number === 1 ? "" : "s"}` : undefined;
}

/** Errors that are not about data, by what they are about. */
function otherErrors(open: readonly Finding[]): (string | undefined)[] {
  const errors = open.filter(({ severity, impact }) => severity === "error" && !impact);
  const categories = [...new Set(errors.map(({ category }) => category))];
  return categories.map((category) =>
    count(`✗ ${category}`, errors.filter((finding) => finding.category === category).length),
  );
}

/** The longest interruption of each service, longest first. */
function downtime(findings: readonly Finding[]): string | undefined {
  const longest = new Map<string, number>();
  for (const { who, seconds } of impactsOf(findings, "downtime"))
    longest.set(who, Math.max(seconds, longest.get(who) ?? 0));
  const services = [...longest].sort(([, a], [, b]) => b - a);
  if (services.length === 0) return undefined;
  const shown = services.slice(0, 3).map(([who, seconds]) => `${who} ~${seconds} s`);
  const more = services.length > 3 ? `, ${services.length - 3} more` : "";
  return `⚠ downtime: ${shown.join(", ")}${more}`;
}

/** Changes of which no rule says more than that they happen. */
function safe(open: readonly Finding[], changes: readonly Change[]): (string | undefined)[] {
  const named = new Set(open.filter(({ severity }) => severity !== "info").map(({ address }) => address));
  const active = changes.filter(({ action }) => action !== "none" && action !== "read");
  const harmless = active.filter(({ address }) => !named.has(address));
  if (harmless.length === 0) return [];
  if (open.some(({ severity }) => severity !== "info")) return [`${harmless.length} safe`];
  const { create, update, replace, delete: gone, forget } = countsOf(harmless);
  const words = [
    create && `${create} to create`,
    update && `${update} to update`,
    replace && `${replace} to replace`,
    gone && `${gone} to destroy`,
    forget && `${forget} to forget`,
  ];
  return [`✓ ${words.filter(Boolean).join(", ")}: nothing at risk`];
}
