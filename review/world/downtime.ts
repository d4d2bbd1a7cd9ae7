import { withoutIndex } from "../../plan/declarations";
import type { ContainerChange, Transition } from "../rule";
import type { Container } from "./container";
import { dependenciesOf } from "./world";

/**
 * How long clients are refused while a registry is replaced. Measured: 0.46 s, by a client that asks every 50 ms, with
 * provider 4.5.0 on Docker Engine 29. The wait for health comes after it, and no client sees that.
 */
export const REFUSED_SECONDS = 0.5;

/**
 * Everything else, measured with provider 4.5.0, local images and a health check each 2 s: a replaced RustFS was back
 * after 5 s, the bucket job behind it ended within 1 s.
 */
const STOP_SECONDS = 1;
const START_SECONDS = 2;
const JOB_SECONDS = 2;

/** A pod that is made anew: found a node, its volumes mounted, its network made. */
const POD_SECONDS = 3;

/** How long a replaced service does not answer, usually: its own stop and start, and what it waits for meanwhile. */
export function downtimeSeconds({ change, before, after }: ContainerChange, transition: Transition): number {
  const waits = replacedDependencies(change.address, transition).map((dependency) => turnaround(dependency));
  const waiting = waits.reduce((sum, time) => sum + time, 0);
  const isRegistry = after?.role === "registry" && !after.workload;
  if (isRegistry && waiting === 0) return REFUSED_SECONDS;
  const own = isRegistry ? REFUSED_SECONDS : (before ? stop(before) : 0) + (after ? startOf(after) : 0);
  return Math.ceil(own + waiting);
}

function turnaround({ before, after }: ContainerChange): number {
  if (!after) return 0;
  return after.isJob ? JOB_SECONDS : (before ? stop(before) : 0) + startOf(after);
}

/** Without grace the provider has Docker kill at once. */
function stop({ timing }: Container): number {
  return Math.min(timing.stopGraceSeconds, STOP_SECONDS);
}

/** With `wait`, whoever depends on it starts when the first health check has passed. */
function startOf({ timing, workload }: Container): number {
  const healthy =
    timing.waitSeconds === undefined ? 0 : Math.min(timing.healthIntervalSeconds ?? 0, timing.waitSeconds);
  return (workload ? POD_SECONDS : START_SECONDS) + healthy;
}

/** What the plan itself allows before it gives up, in sentences. */
export function budget(before: Container, after: Container): string {
  const grace = before.timing.stopGraceSeconds;
  const { waitSeconds } = after.timing;
  if (grace === 0) {
    const healthy = waitSeconds === undefined ? "Nothing waits" : `The apply waits up to ${waitSeconds} s`;
    return `It is killed at once, without time to finish. ${healthy} until it is healthy.`;
  }
  return waitSeconds === undefined
    ? `It may take up to ${grace} s to stop. Nothing waits until it is healthy.`
    : `It may take up to ${grace} s to stop and ${waitSeconds} s to be healthy.`;
}

/** Containers replaced by the same plan that this one refers to or waits for, near and far. */
export function replacedDependencies(address: string, transition: Transition): ContainerChange[] {
  // What is updated in place goes on until those that it needs are there.
  const own = transition.containers.find(({ change }) => change.address === address);
  if (own && own.change.action !== "replace") return [];
  const reachable = new Set<string>();
  const queue = [withoutIndex(address)];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const dependency of dependenciesOf(transition.plan, next)) {
      if (reachable.has(dependency)) continue;
      reachable.add(dependency);
      queue.push(dependency);
    }
  }
  if (reachable.size === 0) return [];
  const replaced = transition.containers.filter(({ change }) => change.action === "replace");
  return replaced.filter(({ change }) => change.address !== address && reachable.has(withoutIndex(change.address)));
}
