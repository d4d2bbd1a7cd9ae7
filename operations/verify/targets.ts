import { setTimeout as sleep } from "node:timers/promises";
import type { Environment } from "../../config";
import { command } from "../command";
import { askPrometheus, type Target, targetsIn } from "../monitoring/prometheus";
import type { Runtime } from "../runtime/runtime";
import { type Checks, failed, type Outcome, passed } from "./check";

const LIMIT_MS = 5_000;

/** For some seconds after its start Prometheus names no targets, though it is ready. */
const START_MS = 20_000;

/** A container that has just started does not listen yet. */
const LISTENS_MS = 15_000;

/** Our own Prometheus gets figures from everything that it asks. */
export async function checkTargets(
  checks: Checks,
  runtime: Pick<Runtime, "dial" | "find">,
  environment: Pick<Environment, "name" | "monitoring">,
  startMs = START_MS,
): Promise<void> {
  if (!environment.monitoring.prometheus) return;
  await checks.run("scrape-targets", "Prometheus gets figures from everything that it asks", async () => {
    const path = "/api/v1/targets?state=active";
    const ask = () => askPrometheus(runtime, environment, { path, limitMs: LIMIT_MS }).catch((error: Error) => error);
    let answer = await ask();
    for (const end = Date.now() + startMs; isEmpty(answer) && Date.now() < end; answer = await ask()) await sleep(500);
    if (answer instanceof Error)
      return failed(
        `it cannot be asked: ${answer.message}`,
        (name) => `${command("logs", name, "prometheus")} says more`,
      );
    return judge(await Promise.all(targetsIn(answer).map((target) => settled(runtime, target))));
  });
}

function isEmpty(answer: Awaited<ReturnType<typeof askPrometheus>> | Error): boolean {
  return !(answer instanceof Error) && targetsIn(answer).length === 0;
}

/** A target that was asked before its container listened: what came of it says nothing. */
async function settled(runtime: Pick<Runtime, "find">, target: Target): Promise<Target> {
  if (target.health !== "down" || !target.asked) return target;
  const container = await runtime.find(new URL(target.url).hostname);
  const isOld = container?.isRunning && Date.parse(target.asked) < Date.parse(container.startedAt) + LISTENS_MS;
  return isOld ? { ...target, health: "unknown" } : target;
}

function judge(targets: readonly Target[]): Outcome {
  if (targets.length === 0) return failed("it asks nothing", (name) => command("up", name));
  const down = targets.filter(({ health }) => health === "down");
  if (down.length > 0)
    return failed(
      down.map(({ job, url, error }) => `${job} at ${url}: ${error ?? "no answer"}`).join("; "),
      (name) => `${command("status", name)} says whether it runs`,
    );
  const unknown = targets.filter(({ health }) => health !== "up").map(({ job }) => job);
  return passed(unknown.length > 0 ? `not asked since it started: ${unknown.join(", ")}` : undefined);
}
