import { rmSync } from "node:fs";
import type { PlanJson } from "../../plan/plan-json";
import { command } from "../command";
import { Failure } from "../failure";
import { Interrupted } from "../interruption";
import type { Operation } from "../operation";
import { privatePath } from "../private-files";
import { inStage, type Stage } from "../progress";
import { changedSecrets, isConfigOf, type LastGood, readLastGood, writeLastGood } from "./last-good";
import { isData } from "./objects";
import { initTerraform, runPlan, secretsOf } from "./plan";

/**
 * Goes back to the last configuration that ran, after an apply that failed.
 * @param failure why it failed
 * @param apply applies a plan file
 * @returns the same, with what became of the attempt, and what to do
 */
export async function rollBack(
  operation: Operation,
  directory: string,
  failure: Failure,
  apply: (operation: Operation, directory: string, plan: string, stage: Stage) => Promise<{ readonly done: number }>,
): Promise<Failure> {
  const { environment } = operation;
  const { name } = environment;
  const lastGood = readLastGood(environment);
  if (!lastGood || isConfigOf(lastGood, directory)) return failure;
  const { values } = secretsOf(operation, Object.keys(lastGood.secretHashes));
  const changed = changedSecrets(lastGood, values);
  const again = command("up", name);
  if (changed.length > 0) {
    return more(failure, `The last configuration that ran had another ${changed.join(", ")}: it was not gone back to`, [
      `to go back: put environments/${name}.yaml and the secrets back as they were, then ${again}`,
    ]);
  }
  try {
    await returnTo(operation, directory, lastGood, apply);
  } catch (error) {
    if (error instanceof Interrupted || !(error instanceof Failure)) throw error;
    return more(failure, `Going back to the last configuration that ran failed, too: ${error.message}`, [
      `put environments/${name}.yaml back as it was, then ${again}`,
    ]);
  }
  const { message, remedy, details } = more(
    failure,
    `${name} runs again with its last configuration, of ${lastGood.at}`,
    [`correct environments/${name}.yaml, then ${again}`],
  );
  return new WentBack(message, remedy, details);
}

/** An apply failed, and the last configuration runs again. */
export class WentBack extends Failure {}

/** Applies a configuration that ran before. @throws Failure when it would lose data, or the apply fails */
export async function returnTo(
  operation: Operation,
  directory: string,
  lastGood: LastGood,
  apply: (operation: Operation, directory: string, plan: string, stage: Stage) => Promise<{ readonly done: number }>,
): Promise<void> {
  const { name } = operation.environment;
  await inStage(operation.progress, "go back", async (stage) => {
    const folder = writeLastGood(lastGood, directory);
    const plan = privatePath(name, "last-good.tfplan");
    try {
      await initTerraform(operation, folder);
      const { args } = secretsOf(operation, Object.keys(lastGood.secretHashes));
      const { json } = await runPlan(operation, folder, plan, args);
      refuseLoss(json);
      const { done } = await apply(operation, folder, plan, stage);
      return { value: undefined, result: `${done} done` };
    } finally {
      rmSync(plan, { force: true });
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** What goes back must not destroy what the failed apply left alone. */
function refuseLoss({ resource_changes = [] }: PlanJson): void {
  const lost = resource_changes.find((one) => isData(one) && one.change.actions.includes("delete"));
  if (lost) throw new Failure(`it would destroy ${lost.address}`);
}

function more(failure: Failure, sentence: string, remedies: readonly string[]): Failure {
  const remedy = [...(failure.remedy ? [failure.remedy] : []), ...remedies].join("\n  → ");
  return new Failure(`${failure.message}\n${sentence}`, remedy, failure.details);
}
