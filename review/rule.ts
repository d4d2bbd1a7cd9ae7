import type { Change, Plan } from "../plan/model";
import type { Policy } from "./acknowledgements";
import type { Category, Finding, Problem, Severity } from "./finding";
import type { Container } from "./world/container";
import { type World, worldAfter, worldBefore } from "./world/world";

/** A plan and the two worlds it leads from and to. */
export interface Transition {
  readonly plan: Plan;
  readonly before: World;
  readonly after: World;
  /** Containers, unchanged ones too. */
  readonly containers: readonly ContainerChange[];
}

/** One thing worth saying about a plan. Its file is named after its id. */
export interface Rule {
  readonly id: string;
  readonly category: Category;
  readonly severity: Severity;
  /** What was found, in general. */
  readonly what: string;
  /** Why that matters to the people who use the registry. */
  readonly why: string;
  /** What to do instead. */
  readonly fix: string;
  /** What Docker, the provider or Terraform does that the rule rests on. */
  readonly fact: string;
  /** What the plan does. Needs a plan: a configuration alone has no changes. */
  readonly consequence?: (transition: Transition) => Problem[];
  /** What is so on one side. Asked of both sides: what was so before is told as standing and not counted. */
  readonly posture?: (world: World) => Problem[];
  /** What only shows when every other rule has spoken. */
  readonly afterwards?: (outcome: Outcome) => Problem[];
}

interface Outcome {
  readonly policy: Policy;
  readonly findings: readonly Finding[];
  /** `2026-11-24`. */
  readonly today: string;
}

export function transitionOf(plan: Plan): Transition {
  const [before, after] = [worldBefore(plan), worldAfter(plan)];
  const old = new Map(before.containers.map((container) => [container.address, container]));
  const next = new Map(after.containers.map((container) => [container.address, container]));
  const containers = plan.changes
    .filter(({ type }) => type === "docker_container")
    .map((change) => ({ change, before: old.get(change.address), after: next.get(change.address) }));
  return { plan, before, after, containers };
}

/** A change of a container, with both sides read. */
export interface ContainerChange {
  readonly change: Change;
  readonly before?: Container;
  readonly after?: Container;
}

/** Running containers that this plan stops and that come back as others. Jobs run again; what is stopped cannot be interrupted. */
export function replacedServices(
  transition: Transition,
): (ContainerChange & { before: Container; after: Container })[] {
  return transition.containers.filter(
    (entry): entry is ContainerChange & { before: Container; after: Container } =>
      entry.change.action === "replace" &&
      entry.before !== undefined &&
      entry.after !== undefined &&
      !entry.after.isJob &&
      entry.before.values.must_run !== false,
  );
}
