import type { Plan } from "../plan/model";
import { isConfiguration, readConfiguration } from "../plan/read-configuration";
import { NotReviewable, readPlan } from "../plan/read-plan";
import { isExpired, matches, NO_POLICY, type Policy, PolicyError, readPolicy } from "./acknowledgements";
import { reasonOf } from "./cause";
import { CATEGORIES, type Finding, type Problem, SEVERITIES, type Severity } from "./finding";
import { fingerprintOf } from "./fingerprint";
import { type Graph, graphOf } from "./graph";
import { headlineOf } from "./headline";
import { atLeast, countsOf, isOpen, type Report, type ReviewedChange } from "./report";
import { type Rule, type Transition, transitionOf } from "./rule";
import { RULES } from "./rules";
import { configurationChanges } from "./world/registries";

export interface ReviewOptions {
  /** Name of the environment, for headings. @default - none */
  readonly environment?: string;
  /** Content of `review.yaml`: other severities, acknowledged findings. @default - none */
  readonly policy?: string;
  /** Findings at or above it make exit code 2. @default "error" */
  readonly failOn?: Severity;
  /** Decides what has expired, `2026-11-24`. @default - today */
  readonly today?: string;
}

/**
 * Reviews a plan (`terraform show -json`) or a synthesized configuration (`cdk.tf.json`). Never throws: what cannot be
 * reviewed is a report with a `problem` and exit code 1.
 */
export function review(json: string, options: ReviewOptions = {}): Report {
  return guarded(options, () => {
    const document = parseJson(json);
    return isConfiguration(document) ? readConfiguration(document) : readPlan(document);
  });
}

/** The same for a plan that was read already. */
export function reviewPlan(plan: Plan, options: ReviewOptions = {}): Report {
  return guarded(options, () => plan);
}

function guarded(options: ReviewOptions, read: () => Plan): Report {
  try {
    const ids = RULES.map(({ id }) => id);
    const policy = options.policy === undefined ? NO_POLICY : readPolicy(options.policy, ids);
    return assess(read(), policy, options);
  } catch (error) {
    return notReviewable(problemOf(error), options);
  }
}

function parseJson(json: string): unknown {
  const content = json.replace(/^\uFEFF/, "");
  if (content.trim() === "")
    throw new NotReviewable("the file is empty; `terraform show -json plan > plan.json` writes one");
  try {
    return JSON.parse(content);
  } catch {
    // The parser's own message quotes the text, which may hold a secret.
    const isBinary = content.startsWith("PK");
    throw new NotReviewable(
      isBinary
        ? "this is a plan file, not its JSON; run `terraform show -json plan`"
        : "this is not JSON; `terraform show -json plan` writes it",
    );
  }
}

/** Any other message could quote the plan. */
function problemOf(error: unknown): string {
  if (error instanceof NotReviewable) return error.message;
  if (error instanceof PolicyError) return `review.yaml: ${error.message}`;
  return `the plan has a shape that is not understood (${error instanceof Error ? error.name : "unknown error"})`;
}

function assess(plan: Plan, policy: Policy, options: ReviewOptions): Report {
  const transition = transitionOf(plan);
  const failOn = options.failOn ?? "error";
  const today = options.today ?? new Date().toISOString().slice(0, 10);
  const raised = RULES.flatMap((rule) => apply(rule, transition, policy));
  const known = raised.map((finding) => acknowledge(finding, policy, today));
  const outcome = { policy, findings: known, today };
  const afterwards = RULES.flatMap((rule) => toFindings(rule, rule.afterwards?.(outcome) ?? [], policy, false));
  const findings = [...known, ...afterwards].sort(byWeight);
  const configuration = configurationChanges(transition);
  const fails = findings.some((finding) => isOpen(finding) && atLeast(finding.severity, failOn));
  return {
    environment: options.environment,
    source: plan.source,
    headline: headline(plan, findings, configuration),
    findings,
    configuration,
    changes: plan.changes.map((change) => ({ ...change, cause: reasonOf(change, plan) })),
    outputs: plan.outputs.map(({ name }) => name),
    counts: countsOf(plan.changes),
    graph: graphOf(transition),
    failOn,
    exitCode: fails ? 2 : 0,
    fingerprint: plan.source === "plan" ? fingerprintOf(plan) : undefined,
  };
}

function headline(plan: Plan, findings: readonly Finding[], configuration: Report["configuration"]): string {
  const nothing =
    plan.source === "plan"
      ? plan.outputs.length > 0
        ? "✓ only outputs change"
        : "✓ no changes"
      : "✓ configuration: nothing found";
  const changes = plan.source === "plan" ? plan.changes : [];
  return headlineOf(findings, configuration, changes) ?? nothing;
}

function apply(rule: Rule, transition: Transition, policy: Policy): Finding[] {
  const { plan, before, after } = transition;
  const consequences = plan.source === "plan" ? (rule.consequence?.(transition) ?? []) : [];
  const said = new Set(consequences.map(({ address }) => address));
  const old = new Set((rule.posture?.(before) ?? []).map(identity));
  const posture = (rule.posture?.(after) ?? []).filter(({ address }) => !said.has(address));
  return [
    ...toFindings(rule, consequences, policy, false),
    ...toFindings(
      rule,
      posture.filter((problem) => !old.has(identity(problem))),
      policy,
      false,
    ),
    ...toFindings(
      rule,
      posture.filter((problem) => old.has(identity(problem))),
      policy,
      true,
    ),
  ];
}

function identity({ address, message }: Problem): string {
  return `${address}\n${message}`;
}

function toFindings(rule: Rule, problems: readonly Problem[], policy: Policy, standing: boolean): Finding[] {
  const chosen = policy.severities[rule.id];
  if (chosen === "off") return [];
  return problems.map((problem) => ({
    ...problem,
    rule: rule.id,
    category: rule.category,
    severity: chosen ?? problem.severity ?? rule.severity,
    fix: problem.fix ?? rule.fix,
    standing,
  }));
}

function acknowledge(finding: Finding, policy: Policy, today: string): Finding {
  const found = policy.acknowledge.find((entry) => !isExpired(entry, today) && matches(entry, finding));
  return found ? { ...finding, acknowledged: found.reason } : finding;
}

/** Open before settled, worst first, lost data before everything. */
function byWeight(a: Finding, b: Finding): number {
  const weight = (finding: Finding) => [
    isOpen(finding) ? 0 : finding.standing ? 2 : 1,
    -SEVERITIES.indexOf(finding.severity),
    finding.impact?.kind === "data-loss" ? 0 : finding.impact?.kind === "left-behind" ? 1 : 2,
    CATEGORIES.indexOf(finding.category),
    finding.impact?.kind === "downtime" ? 0 : 1,
  ];
  const [left, right] = [weight(a), weight(b)];
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return compare(a.address, b.address) || compare(a.rule, b.rule);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function notReviewable(problem: string, options: ReviewOptions): Report {
  const changes: ReviewedChange[] = [];
  const graph: Graph = { nodes: [], edges: [] };
  return {
    environment: options.environment,
    problem,
    source: "plan",
    headline: "✗ not reviewed",
    findings: [],
    configuration: [],
    changes,
    outputs: [],
    counts: countsOf(changes),
    graph,
    failOn: options.failOn ?? "error",
    exitCode: 1,
  };
}
