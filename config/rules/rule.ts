import type { Finding, KeyPath } from "../diagnostic";
import type { Environment } from "../schema";

/** What several keys of one file must fulfil together. */
export interface Rule {
  /** Name of the rule, for tests and talk. */
  readonly id: string;
  /** The keys it looks at; it is left out when one of them is broken already, since it could only guess. */
  readonly reads: readonly string[];
  /** Finds what is wrong; one finding for each thing to correct. */
  check(environment: Environment): readonly Finding[];
}

/** A finding of a cross-check, its path written with dots. */
export function finding(path: string, rule: string, got: string | undefined, fix: string): Finding {
  return { path: toPath(path), rule, got, fix };
}

/** The finding, if a condition is broken. */
export function unless(holds: boolean, ...[path, rule, got, fix]: Parameters<typeof finding>): readonly Finding[] {
  return holds ? [] : [finding(path, rule, got, fix)];
}

/** Runs the rules that a broken part of the file leaves something to say about. */
export function runRules(rules: readonly Rule[], environment: Environment, broken: readonly KeyPath[]): Finding[] {
  return rules
    .filter(({ reads }) => isReadable(reads, broken))
    .flatMap(({ reads, check }) => pointing(check(environment), reads));
}

/** Findings that point at what was read when the key they are about is not in the file. */
export function pointing(findings: readonly Finding[], reads: readonly string[]): Finding[] {
  return findings.map((one) => ({ near: reads.map(toPath), ...one }));
}

/** Whether nothing that is read lies in, or around, something broken. */
export function isReadable(reads: readonly string[], broken: readonly KeyPath[]): boolean {
  return reads.every((read) => {
    const path = toPath(read);
    return broken.every((other) => !isPrefix(path, other) && !isPrefix(other, path));
  });
}

/** Whether a path leads to another one, or is it. */
export function isPrefix(path: KeyPath, other: KeyPath): boolean {
  return path.every((part, index) => part === other[index]);
}

/** Turns `registry.tls.hosts.0` into its parts. */
function toPath(text: string): KeyPath {
  return text.split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}
