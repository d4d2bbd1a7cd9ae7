import { parse } from "yaml";
import { z } from "zod";
import { type Finding, SEVERITIES, type Severity } from "./finding";

const acknowledgementSchema = z.strictObject({
  rule: z.string().min(1),
  /** An address, or a pattern: `*` stands for any characters. */
  address: z.string().min(1).default("*"),
  reason: z.string().trim().min(10, "must say why, in at least 10 characters"),
  /** The last day on which it counts. */
  until: z.iso.date().optional(),
});

const policySchema = z.strictObject({
  severities: z.record(z.string(), z.enum([...SEVERITIES, "off"])).default({}),
  acknowledge: z.array(acknowledgementSchema).default([]),
});

export type Acknowledgement = z.infer<typeof acknowledgementSchema>;

/** `review.yaml`: severities that differ here, and findings that somebody accepts. */
export interface Policy {
  readonly severities: Readonly<Record<string, Severity | "off">>;
  readonly acknowledge: readonly Acknowledgement[];
}

export const NO_POLICY: Policy = { severities: {}, acknowledge: [] };

export class PolicyError extends Error {
  public override readonly name = "PolicyError";
}

/**
 * Reads `review.yaml`.
 * @throws PolicyError with every problem at once
 */
export function readPolicy(yaml: string, knownRules: readonly string[]): Policy {
  const document = parseYaml(yaml) ?? {};
  const result = policySchema.safeParse(document);
  if (!result.success) {
    throw new PolicyError(
      result.error.issues.map((issue) => `${issue.path.join(".") || "file"}: ${issue.message}`).join("\n"),
    );
  }
  const policy = result.data;
  const named = [...Object.keys(policy.severities), ...policy.acknowledge.map(({ rule }) => rule)];
  const unknown = named.filter((rule) => !knownRules.includes(rule));
  if (unknown.length > 0) {
    const hint = `known rules: ${knownRules.join(", ")}`;
    throw new PolicyError(`${unknown.map((rule) => `there is no rule '${rule}'`).join("\n")}\n${hint}`);
  }
  return policy;
}

function parseYaml(yaml: string): unknown {
  try {
    return parse(yaml, { logLevel: "silent", schema: "core" });
  } catch (error) {
    throw new PolicyError(error instanceof Error ? error.message : "is not YAML");
  }
}

export function matches(acknowledgement: Acknowledgement, finding: Pick<Finding, "rule" | "address">): boolean {
  return acknowledgement.rule === finding.rule && matchesPattern(finding.address, acknowledgement.address);
}

/** Linear in the length of the address, unlike a regular expression with several `.*`. */
function matchesPattern(address: string, pattern: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return address === pattern;
  if (!address.startsWith(first)) return false;
  const last = rest.pop() ?? "";
  let at = first.length;
  for (const part of rest) {
    const found = address.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return address.length - last.length >= at && address.endsWith(last);
}

export function isExpired({ until }: Acknowledgement, today: string): boolean {
  return until !== undefined && until < today;
}
