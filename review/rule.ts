import type { Change, Plan } from "../plan/model";
import type { Policy } from "./acknowledgements";
import type { Category, Finding, Problem, Severity } from "./finding";
import { type Rollout, rolloutOf } from "./kubernetes/rollout";
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
  const [old, next] = [byAddress(before), byAddress(after)];
  const containers = plan.changes.flatMap((change) =>
    pairs(old.get(change.address) ?? [], next.get(change.address) ?? []).map(([from, to]) => ({
      change,
      before: from,
      after: to,
      effect: effectOf(change, from, to),
    })),
  );
  return { plan, before, after, containers };
}

/** A change of a container, with both sides read. */
export interface ContainerChange {
  readonly change: Change;
  readonly before?: Container;
  readonly after?: Container;
  readonly effect: Rollout;
}

type Changed = ContainerChange & { readonly before: Container; readonly after: Container };

function byAddress({ containers }: World): Map<string, Container[]> {
  const found = new Map<string, Container[]>();
  for (const container of containers) {
    const same = found.get(container.address);
    if (same) same.push(container);
    else found.set(container.address, [container]);
  }
  return found;
}

/** Containers of one pod are told apart by their names. One that is alone on both sides is the same under any name. */
function pairs(
  old: readonly Container[],
  next: readonly Container[],
): [Container | undefined, Container | undefined][] {
  if (old.length === 1 && next.length === 1) return [[old[0], next[0]]];
  const gone = old.filter(({ part }) => !next.some((other) => other.part === part));
  return [
    ...next.map((to): [Container | undefined, Container] => [old.find(({ part }) => part === to.part), to]),
    ...gone.map((from): [Container, undefined] => [from, undefined]),
  ];
}

/** Docker stops a container and starts another; Kubernetes may start the other one first. */
function effectOf(change: Change, before: Container | undefined, after: Container | undefined): Rollout {
  if (!before || !after) return "none";
  if (after.workload) return rolloutOf(change, after);
  return change.action === "replace" ? "interrupted" : "none";
}

/** What is stopped with its files and started anew, one after the other or not. Whatever ended is made anew, too. */
export function startsAnew({ effect }: ContainerChange): boolean {
  return effect === "interrupted" || effect === "rolled";
}

/** Running containers that this plan stops and that come back as others. Jobs run again; what is stopped cannot be interrupted. */
export function replacedServices(transition: Transition): Changed[] {
  return servicesWith(transition, "interrupted");
}

/** Running services that the plan has this effect on; of the containers of one pod, the one that people know. */
export function servicesWith({ containers }: Transition, effect: Rollout): Changed[] {
  const services = containers.filter((entry): entry is Changed => {
    const { before, after } = entry;
    const runs = before && after && !after.isJob && !before.isStopped && !(after.workload && after.isStopped);
    return entry.effect === effect && runs === true;
  });
  const known = new Map<string, Changed>();
  for (const entry of services) {
    const other = known.get(entry.change.address);
    if (!other || rank(entry) > rank(other)) known.set(entry.change.address, entry);
  }
  return [...known.values()];
}

function rank({ after: { role } }: Changed): number {
  return role === "registry" ? 2 : role === "storage" ? 1 : 0;
}
