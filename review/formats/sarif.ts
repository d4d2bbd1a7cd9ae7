import { isOpen, type Report } from "../report";
import { RULES } from "../rules";

export interface SarifOptions {
  /** File that findings are shown at; code hosts want one. @default "cdktf.json" */
  readonly artifact?: string;
}

const LEVELS = { error: "error", warning: "warning", info: "note" } as const;

/** SARIF 2.1.0, for code scanning. Accepted and standing findings are in it as suppressed. */
export function sarif(report: Report, { artifact = "cdktf.json" }: SarifOptions = {}): string {
  const rules = RULES.map(({ id, what, why, fix, severity, category }) => ({
    id,
    shortDescription: { text: what },
    fullDescription: { text: plain(why) },
    help: { text: plain(fix) },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { category },
  }));
  const results = report.findings.map((finding) => ({
    ruleId: finding.rule,
    ruleIndex: RULES.findIndex(({ id }) => id === finding.rule),
    level: LEVELS[finding.severity],
    message: { text: plain(`${finding.message} Instead: ${finding.fix}`) },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: artifact }, region: { startLine: 1 } },
        logicalLocations: [{ fullyQualifiedName: finding.address, kind: "resource" }],
      },
    ],
    partialFingerprints: { "ruleAndAddress/v1": `${finding.rule}:${finding.address}` },
    ...(isOpen(finding)
      ? {}
      : { suppressions: [{ kind: "external", justification: finding.acknowledged ?? "so before this plan" }] }),
  }));
  const invocation = {
    executionSuccessful: report.problem === undefined,
    ...(report.problem
      ? { toolExecutionNotifications: [{ level: "error", message: { text: plain(report.problem) } }] }
      : {}),
  };
  const run = { tool: { driver: { name: "private-registry review", rules } }, invocations: [invocation], results };
  return `${JSON.stringify({ $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] }, null, 2)}\n`;
}

function plain(text: string): string {
  return text.replaceAll("`", "");
}
