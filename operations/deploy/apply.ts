import { chmodSync, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Plan } from "../../plan/model";
import type { PlanJson } from "../../plan/plan-json";
import { command } from "../command";
import { Failure } from "../failure";
import { Interrupted } from "../interruption";
import type { Operation } from "../operation";
import { inStage, type Stage } from "../progress";
import type { Runtime } from "../runtime/runtime";
import { rescueState } from "../terraform/build-folder";
import { formatDiagnostic } from "../terraform/events";
import { terraformFailure } from "../terraform/failure";
import { synthesizeStack } from "../terraform/stack";
import type { TerraformResult } from "../terraform/terraform";
import { readRecord, updateRecord } from "./deployment-record";
import { hostOf } from "./host";
import { keepLastGood } from "./last-good";
import { DEPLOYMENT_ADDRESS, isData, madeBy } from "./objects";
import { readable, secretsOf, showPlan } from "./plan";
import { ResourceProgress } from "./resource-progress";
import { rollBack } from "./rollback";
import { runRecorded } from "./run";
import { forgetPlan, type PlanRecord, planFiles, readPlanRecord, requireSamePlan, staleReasons } from "./saved-plan";
import { orHopeless, watchApply } from "./watch";

/** A plan that was saved by an earlier run, read again. */
export interface SavedPlan {
  readonly record: PlanRecord;
  /** With every secret in clear text. */
  readonly json: PlanJson;
  /** Masked. */
  readonly plan: Plan;
  /** Folder that Terraform runs in. */
  readonly directory: string;
}

/** What an apply did, in resources. */
export interface Applied {
  readonly done: number;
  readonly seconds: number;
}

/**
 * Makes sure that the saved plan is the one that was shown and still holds.
 * @throws Failure saying what changed since
 */
export function checkSavedPlan(operation: Operation): PlanRecord {
  const { environment, environments } = operation;
  const record = readPlanRecord(environment.name);
  const stack = synthesizeStack(environments, environment.name);
  const { values } = secretsOf(operation, stack.variableNames);
  const reasons = staleReasons(record, { configHash: stack.hash, secrets: values });
  if (reasons.length > 0) throw stalePlan(environment.name, record, reasons);
  return record;
}

/**
 * The saved plan as Terraform shows it at this moment: the file is the recorded one, so what is shown is what is applied.
 * @throws Failure
 */
export async function showSavedPlan(operation: Operation, record: PlanRecord): Promise<SavedPlan> {
  const name = record.environment;
  const directory = join("cdktf.out", "stacks", name);
  const json = await inStage(operation.progress, "read plan", async () => ({
    value: await showPlan(operation, directory, planFiles(name).plan),
  }));
  requireSamePlan(record);
  return { record, json, plan: readable(json), directory };
}

/**
 * Brings what it needs, such as images, then applies exactly the saved plan. The plan is used up, whatever the outcome.
 * @throws Failure when its file is not the one that was shown any more
 */
export async function applySavedPlan(
  operation: Operation,
  runtime: Runtime,
  { record, json }: { readonly record: PlanRecord; readonly json: PlanJson },
  directory: string,
): Promise<Applied> {
  const { environment, progress } = operation;
  const name = environment.name;
  const host = hostOf(runtime);
  const orphans = await host.check(operation, json);
  await host.prepare(operation, json, directory);
  // A person may have thought about it for an hour, while somebody else planned again.
  requireSamePlan(record);
  await host.removeOrphans(operation, orphans);
  updateRecord(environment, { unfinished: madeBy(json).map((one) => one.name) });
  const applied = await inStage(progress, "apply", async (stage) => {
    const value = await runApply(operation, directory, planFiles(name).plan, stage).finally(() => forgetPlan(name));
    return { value, result: `${value.done} done` };
  }).catch(async (error) => {
    throw error instanceof ApplyFailed ? await rollBack(operation, directory, error, runApply) : error;
  });
  keepLastGood(environment, directory, secretsOf(operation, Object.keys(record.secretHashes)).values, new Date());
  return applied;
}

/** An apply that ended by itself, and not well: the state says what it did. */
class ApplyFailed extends Failure {}

/** Applies a plan file, telling about each resource. @throws Interrupted, Failure */
export async function runApply(operation: Operation, directory: string, plan: string, stage: Stage): Promise<Applied> {
  const { environment, terraform, interruption } = operation;
  const started = Date.now();
  const follow = new ResourceProgress(stage);
  const watch = await watchApply(operation, directory, follow);
  let hopeless: Failure | undefined;
  let unsettled: Failure | undefined;
  const result = await runRecorded(operation, directory, ["apply", "-json", "-input=false", resolve(plan)], {
    interruption: orHopeless(interruption, watch),
    onEvent: (event) => follow.event(event),
    onStart: (pid) => watch?.started(pid),
  })
    .then(async (ended) => {
      if (ended.code === 0) unsettled = await watch?.settle();
      return ended;
    })
    .finally(async () => {
      hopeless = await watch?.end();
    });
  closeState(operation);
  rememberMade(operation, follow, result);
  const rescued = rescueState(environment.name, directory, new Date());
  if (rescued) throw stateNotWritten(operation, directory, rescued, result);
  const done = follow.done;
  if (interruption.gentle.aborted && result.code !== 0) {
    throw new Interrupted(
      `Stopped during apply: ${done} changes are done and in the state${cutOffText(follow)}. ${terraform.product} has ended and released its lock.`,
      `${command("up", environment.name)} goes on from here`,
    );
  }
  if (!result.endedByItself) {
    throw new Failure(
      `${terraform.product} was killed during apply: ${done} changes are in the state${cutOffText(follow)}`,
      `${command("up", environment.name)} recognises what it left, and goes on from here`,
    );
  }
  if (unsettled) throw new ApplyFailed(unsettled.message, unsettled.remedy, unsettled.details);
  if (hopeless && result.code !== 0) throw new ApplyFailed(hopeless.message, hopeless.remedy, hopeless.details);
  if (result.code !== 0) {
    if (/saved plan is stale/i.test(result.diagnostics.map(({ summary }) => summary).join(" ") + result.text)) {
      throw stalePlan(environment.name, undefined, [
        "somebody applied something else in the meantime: the state is newer",
      ]);
    }
    const { message, remedy, details } = await terraformFailure(operation, "apply", result);
    throw new ApplyFailed(message, remedy, details);
  }
  return { done, seconds: (Date.now() - started) / 1000 };
}

/** Whatever it made is in the state, unless it was cut off; the record says the same, for the case that the state is lost. */
function rememberMade(
  { environment, interruption }: Operation,
  { ids }: ResourceProgress,
  result: TerraformResult,
): void {
  const record = readRecord(environment);
  const data = [...ids].filter(([address]) => isData({ type: address.split(".")[0] ?? "" }));
  // A claim's id has its namespace in front.
  const volumes = data.map(([, id]) => id.slice(id.lastIndexOf("/") + 1));
  const isWhole = result.endedByItself && !interruption.hard.aborted;
  updateRecord(environment, {
    deployment: ids.get(DEPLOYMENT_ADDRESS) ?? record.deployment,
    volumes: [...new Set([...record.volumes, ...volumes])].sort(),
    unfinished: isWhole ? [] : record.unfinished,
  });
}

const cutOffText = ({ cutOff }: ResourceProgress) =>
  cutOff.length > 0 ? `; cut off, and to be made anew: ${cutOff.join(", ")}` : "";

/** A state that plain Terraform wrote may be read by every user of the machine, and it holds secrets. */
function closeState({ environment }: Operation): void {
  const { state } = environment;
  if (state.backend !== "local" || !state.path) return;
  for (const file of [state.path, `${state.path}.backup`]) if (existsSync(file)) chmodSync(file, 0o600);
}

/** What was done is known, but not where the next apply looks for it. */
function stateNotWritten(
  { terraform }: Operation,
  directory: string,
  rescued: string,
  { diagnostics, text }: TerraformResult,
): Failure {
  return new Failure(
    `${terraform.product} could not write the state to where it belongs; it is kept in ${rescued}`,
    `before anything else: ${terraform.binary} -chdir=${directory} state push ${resolve(rescued)}`,
    [...diagnostics.map(formatDiagnostic), text].join("\n"),
  );
}

function stalePlan(name: string, record: PlanRecord | undefined, reasons: readonly string[]): Failure {
  const made = record ? ` of ${record.createdAt}` : "";
  return new Failure(
    [`The saved plan${made} is out of date; nothing was applied.`, ...reasons.map((reason) => `  - ${reason}`)].join(
      "\n",
    ),
    `${command("plan", name)}, and look at what it shows now`,
  );
}
