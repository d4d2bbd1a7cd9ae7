import { z } from "zod";
import { CATEGORIES, SEVERITIES } from "../finding";
import type { Report } from "../report";

const SCHEMA_VERSION = "1.0";

const severity = z.enum(SEVERITIES);

const findingSchema = z.strictObject({
  rule: z.string().describe("id of the rule, see review-rules.md"),
  category: z.enum(CATEGORIES),
  severity,
  address: z.string().describe("Terraform address"),
  message: z.string().describe("one sentence; names stand between backquotes"),
  cause: z.string().optional(),
  fix: z.string(),
  impact: z
    .discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("data-loss") }),
      z.strictObject({ kind: z.literal("left-behind") }),
      z.strictObject({ kind: z.literal("destroy-all") }),
      z.strictObject({ kind: z.literal("downtime"), who: z.string(), seconds: z.number() }),
    ])
    .optional(),
  standing: z.boolean().describe("unchanged by this plan; not counted"),
  acknowledged: z.string().optional().describe("the reason given in review.yaml"),
});

const side = z.string().optional().describe("missing when there is no value on this side");

/** The JSON output. Within a major version keys are only added. */
export const reportSchema = z.strictObject({
  schemaVersion: z.literal(SCHEMA_VERSION),
  environment: z.string().optional(),
  problem: z.string().optional().describe("why nothing could be reviewed"),
  source: z.enum(["plan", "configuration"]),
  headline: z.string(),
  exitCode: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  failOn: severity,
  fingerprint: z.string().optional().describe("equal for plans that do the same; missing when no plan was reviewed"),
  counts: z.strictObject({
    create: z.number(),
    update: z.number(),
    replace: z.number(),
    delete: z.number(),
    forget: z.number(),
    unchanged: z.number(),
  }),
  findings: z.array(findingSchema),
  configuration: z.array(z.strictObject({ key: z.string(), before: side, after: side, address: z.string() })),
  changes: z.array(
    z.strictObject({
      address: z.string(),
      action: z.enum(["create", "update", "replace", "delete", "forget"]),
      reason: z.string().optional(),
      cause: z.string().optional(),
      attributes: z.array(
        z.strictObject({ path: z.string(), before: side, after: side, forcesReplacement: z.boolean() }),
      ),
    }),
  ),
  outputs: z.array(z.string()).describe("names of outputs that change"),
});

export type JsonReport = z.infer<typeof reportSchema>;

export function toJson(report: Report): JsonReport {
  const { environment, problem, source, headline, exitCode, failOn, fingerprint, counts, configuration } = report;
  const { findings, changes, outputs } = report;
  return {
    schemaVersion: SCHEMA_VERSION,
    environment,
    problem,
    source,
    headline,
    exitCode,
    failOn,
    fingerprint,
    counts,
    findings: findings.map(
      ({ rule, category, severity: weight, address, message, cause, fix, impact, standing, acknowledged }) => {
        return { rule, category, severity: weight, address, message, cause, fix, impact, standing, acknowledged };
      },
    ),
    configuration: [...configuration],
    changes: changes.flatMap(({ address, action, reason, cause, attributes }) =>
      action === "none" || action === "read" ? [] : { address, action, reason, cause, attributes: [...attributes] },
    ),
    outputs: [...outputs],
  };
}

export function json(report: Report): string {
  return `${JSON.stringify(toJson(report), null, 2)}\n`;
}
