import { withoutIndex } from "../../plan/declarations";
import type { ContainerChange, Transition } from "../rule";
import type { Container } from "./container";
import { dependenciesOf } from "./world";

/**
 * Measured with provider 4.5.0, local images and a health check each 2 s: a replaced registry refused connections for
 * 1.7 s, its apply took 4.4 s; a replaced RustFS was back after 5 s, the bucket job behind it ended within 1 s.
 */
const STOP_SECONDS = 1;
const START_SECONDS = 2;
const JOB_SECONDS = 2;

/** How long a replaced service does not answer, usually: its own stop and start, and what it waits for meanwhile. */
export function downtimeSeconds({ change, before, after }: ContainerChange, transition: Transition): number {
  const waits = replacedDependencies(change.address, transition).map((dependency) => turnaround(dependency));
  return Math.ceil(
    (before ? stop(before) : 0) + (after ? startOf(after) : 0) + waits.reduce((sum, time) => sum + time, 0),
  );
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
function startOf({ timing }: Container): number {
  const healthy =
    timing.waitSeconds === undefined ? 0 : Math.min(timing.healthIntervalSeconds ?? 0, timing.waitSeconds);
  return START_SECONDS + healthy;
}

/** What the plan itself allows before it gives up, in words. */
export function budget(before: Container, after: Container): string {
  const grace = before.timing.stopGraceSeconds;
  const stopping = grace > 0 ? `up to ${grace} s to stop` : "killed at once, without time to finish";
  const { waitSeconds } = after.timing;
  return waitSeconds === undefined
    ? `${stopping}; nothing waits until it is healthy`
    : `${stopping}, up to ${waitSeconds} s to be healthy`;
}

/** Containers replaced by the same plan that this one refers to or waits for, near and far. */
export function replacedDependencies(address: string, transition: Transition): ContainerChange[] {
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
