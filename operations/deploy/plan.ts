import { delimiter, resolve } from "node:path";
import type { Environment } from "../../config";
import type { Plan } from "../../plan/model";
import { isContainer, type PlanJson, type StateResource } from "../../plan/plan-json";
import { NotReviewable, readPlan } from "../../plan/read-plan";
import { changesInWords } from "../../review";
import { placeProviderLock, registryTls } from "../../stacks";
import { sharedLogin } from "../docker/ssh-master";
import { Failure } from "../failure";
import { stopIfAsked } from "../interruption";
import type { Operation } from "../operation";
import { inStage } from "../progress";
import { secretsPath } from "../secrets/file";
import { requireSecrets, requireWellFormed, type SecretValues, secretValues } from "../secrets/values";
import { isSameLocalState } from "../terraform/build-folder";
import { terraformFailure } from "../terraform/failure";
import { type SynthesizedStack, synthesizeStack } from "../terraform/stack";
import type { Variables } from "../terraform/terraform";
import { requireCertificate } from "../tls/certificate-check";
import { readRecord, updateRecord } from "./deployment-record";
import { deploymentIn, isData, nameIn, stateOf } from "./objects";
import { runRecorded } from "./run";
import { forgetPlan, type PlanRecord, planFiles, preparePlanFolder, recordPlan } from "./saved-plan";

/** A plan that was saved, and what it does. */
export interface Planned {
  readonly stack: SynthesizedStack;
  readonly record: PlanRecord;
  /** As Terraform shows it, with every secret in clear text. */
  readonly json: PlanJson;
  /** As reviews read it, masked. */
  readonly plan: Plan;
}

/** How a plan is made. */
export interface PlanSettings {
  /** Look at what runs; without, the state alone is compared. @default true */
  readonly refresh?: boolean;
  /** Keep others from changing the state meanwhile. @default true */
  readonly lock?: boolean;
}

/**
 * Synthesizes, initializes and plans; saves the plan so that `applySavedPlan` applies exactly that.
 * @throws Failure when a secret has no value, or Terraform fails
 */
export async function makePlan(operation: Operation, settings: PlanSettings = {}): Promise<Planned> {
  const { environment, environments, progress, interruption } = operation;
  const name = environment.name;
  await checkCertificateFiles(operation);
  const stack = await inStage(progress, "synthesize", async () => ({ value: synthesizeStack(environments, name) }));
  const secrets = secretsOf(operation, stack.variableNames);
  requireSecrets(environment, stack.variableNames, secrets);
  await initialize(operation, stack.directory);
  stopIfAsked(interruption, "Nothing was changed.");

  return inStage(progress, "plan", async () => {
    const files = planFiles(name);
    forgetPlan(name);
    preparePlanFolder(name);
    const args = [
      ...secrets.args,
      ...(settings.refresh === false ? ["-refresh=false"] : []),
      ...(settings.lock === false ? ["-lock=false"] : []),
    ];
    const first = await runPlan(operation, stack.directory, files.plan, args);
    const again = jobsCutOff(first.json).map((address) => `-replace=${address}`);
    const { json, changes } =
      again.length > 0 ? await runPlan(operation, stack.directory, files.plan, [...again, ...args]) : first;
    rememberState(environment, stateOf(json));
    const inputs = { configHash: stack.hash, secrets: secrets.values };
    const plan = readable(json);
    const record = recordPlan(name, inputs, changes, new Date());
    return { value: { stack, record, json, plan }, result: changesInWords(plan) };
  });
}

/**
 * Jobs that failed without Terraform's being told so, since it was killed at that moment: they would count as done.
 * @returns their addresses
 */
function jobsCutOff(plan: PlanJson): string[] {
  const untouched = (plan.resource_changes ?? []).filter(({ change }) => change.actions.join() === "no-op");
  return stateOf(plan)
    .filter((one) => isContainer(one) && one.values.must_run === false && one.values.attach === true)
    .filter(({ values }) => typeof values.exit_code === "number" && values.exit_code !== 0)
    .map(({ address }) => address)
    .filter((address) => untouched.some((one) => one.address === address));
}

/** Keeps what the state says about who made what, for the case that an apply is killed before it can say so again. */
export function rememberState(environment: Environment, state: readonly StateResource[]): void {
  const record = readRecord(environment);
  const volumes = state.filter(isData).flatMap(({ values }) => nameIn(values) ?? []);
  updateRecord(environment, {
    deployment: deploymentIn(state) ?? record.deployment,
    volumes: [...new Set([...record.volumes, ...volumes])].sort(),
  });
}

/** Before anything else: what synthesis cannot say about certificate files, since it knows no time and needs no keys. */
async function checkCertificateFiles({ environment, progress }: Operation): Promise<void> {
  if (!registryTls(environment).files) return;
  await inStage(progress, "certificate", async (stage) => {
    const found = requireCertificate(environment, new Date());
    for (const warning of found?.warnings ?? []) stage.line(warning);
    return { value: undefined, result: found?.line };
  });
}

/**
 * The values of a stack's variables; Terraform runs elsewhere, so the file's path is absolute.
 * @throws Failure for a value that Terraform would refuse
 */
export function secretsOf({ environment, variables }: Operation, names: readonly string[]): SecretValues {
  const secrets = secretValues(environment.name, names, variables, resolve(secretsPath(environment.name)));
  requireWellFormed(environment.name, secrets);
  return secrets;
}

/** Installs the provider and connects to the state; quick when nothing changed. */
export async function initialize(operation: Operation, directory: string): Promise<void> {
  await inStage(operation.progress, "initialize", async () => ({ value: await initTerraform(operation, directory) }));
}

/** Runs `init`. @throws Failure */
export async function initTerraform(operation: Operation, directory: string): Promise<void> {
  const { terraform, interruption } = operation;
  await shareLogin(operation);
  const args = [
    ...["init", "-input=false", "-no-color"],
    ...(placeProviderLock(directory, terraform.product) ? ["-lockfile=readonly"] : []),
    ...(isSameLocalState(directory) ? ["-reconfigure"] : []),
  ];
  const result = await terraform.run(directory, args, { interruption });
  if (result.code !== 0 && !result.interrupted) throw await terraformFailure(operation, "initialize", result);
}

/** Terraform's provider goes through our login by ssh. It would take options by variable, and ends badly at them (4.5.0). */
async function shareLogin({ environment, terraform, variables }: Operation): Promise<void> {
  const { host, sshOptions } = environment.docker ?? {};
  if (!host?.startsWith("ssh://")) return;
  // Whoever needs the engine says why nobody can log in.
  const shared = await sharedLogin(host, sshOptions).catch(() => undefined);
  if (shared) terraform.provide({ PATH: [shared.programs, variables.PATH].filter(Boolean).join(delimiter) });
}

/** A plan without its secrets. @throws Failure when its format is not known */
export function readable(json: PlanJson): Plan {
  try {
    return readPlan(json);
  } catch (error) {
    if (!(error instanceof NotReviewable)) throw error;
    throw new Failure(`The plan cannot be read, so nothing was changed: ${error.message}`);
  }
}

/** Reads a plan file as JSON, as it is now. @throws Failure */
export async function showPlan(operation: Operation, directory: string, file: string): Promise<PlanJson> {
  const shown = await operation.terraform.run(directory, ["show", "-json", resolve(file)], { capture: true });
  if (shown.code !== 0) throw await terraformFailure(operation, "read the plan", shown);
  return JSON.parse(shown.stdout) as PlanJson;
}

/** Runs `plan` and reads the result as JSON. @param file where the plan is saved, relative to the project */
export async function runPlan(
  operation: Operation,
  directory: string,
  file: string,
  args: readonly string[],
  variables: Variables = {},
): Promise<{ json: PlanJson; changes: boolean }> {
  const { interruption } = operation;
  const path = resolve(file);
  const planned = await runRecorded(
    operation,
    directory,
    ["plan", "-json", "-input=false", "-detailed-exitcode", `-out=${path}`, ...args],
    { interruption, variables },
  );
  stopIfAsked(interruption, "Nothing was changed.");
  if (planned.code !== 0 && planned.code !== 2) throw await terraformFailure(operation, "plan", planned);
  return { json: await showPlan(operation, directory, path), changes: planned.code === 2 };
}
