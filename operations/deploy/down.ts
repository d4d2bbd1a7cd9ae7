import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Htpasswd } from "../../constructs/registry/htpasswd";
import { DOCKER_TYPES, type PlanJson, type StateResource } from "../../plan/plan-json";
import { changesInWords, lostVolumes, type Report, reviewPlan } from "../../review";
import { storageServer } from "../../stacks";
import { Failure } from "../failure";
import type { Operation } from "../operation";
import { privatePath } from "../private-files";
import { inStage } from "../progress";
import type { Runtime } from "../runtime/runtime";
import type { Secrets } from "../secrets/file";
import { GENERATORS, randomPassword } from "../secrets/generate";
import { forgetRotation } from "../secrets/rotation";
import { resources } from "../terraform/config";
import { terraformFailure } from "../terraform/failure";
import { type SynthesizedStack, synthesizeStack } from "../terraform/stack";
import type { Variables } from "../terraform/terraform";
import { forgetUpgrade } from "../upgrade/record";
import { type Applied, runApply } from "./apply";
import { forgetRecord, readRecord } from "./deployment-record";
import { connectHost, hostOf } from "./host";
import { forgetLastGood } from "./last-good";
import { type FoundObject, isData, kindOf, nameIn, wantedBy } from "./objects";
import { importVolumes } from "./orphans";
import { initialize, initTerraform, readable, rememberState, runPlan, secretsOf } from "./plan";
import { preparePlanFolder } from "./saved-plan";

/** What taking an environment down will do. */
export interface DownPlan {
  /** @default - there is nothing to destroy */
  readonly report?: Report;
  /** What holds data and stays, with the images, or the certificates, in it: `volume lab-rustfs-data`. */
  readonly kept: readonly string[];
  /** What holds data and goes. */
  readonly lost: readonly string[];
  /** What becomes of the disks behind what goes. @default - they go, too */
  readonly disks?: readonly string[];
  /** Directories of the Docker host that Terraform never touches. */
  readonly directories: readonly string[];
  /** What an apply left when it was killed; it goes, too. */
  readonly orphans: readonly FoundObject[];
  /** Nothing is there to destroy. */
  readonly nothing: boolean;
  /** Folder that Terraform runs in. */
  readonly directory: string;
  /** The saved plan. @default - only what an apply left is there to destroy */
  readonly plan?: string;
}

/**
 * Destroys an environment when somebody agrees to it.
 * @param agree sees what stays and what goes, and agrees by not throwing
 * @returns what was planned; `nothing` when there was nothing to do, and nobody was asked
 */
export async function down(
  operation: Operation,
  deleteData: boolean,
  agree: (planned: DownPlan) => Promise<void>,
): Promise<DownPlan> {
  try {
    const runtime = await connectHost(operation);
    const planned = await planDown(operation, runtime, deleteData);
    if (planned.nothing) return planned;
    await agree(planned);
    await applyDown(operation, runtime, planned);
    return planned;
  } finally {
    // A plan holds secrets, one that was refused as well.
    discardDown(operation.environment.name);
  }
}

/**
 * Plans to destroy an environment. Without `deleteData` every protected volume stays in the state and under its
 * protection: everything else is destroyed by name (`-target`), so that the next `up` finds the volume where it was.
 *
 * With `deleteData` a copy of the stack without `prevent_destroy` is planned, beside the stack, since the state's path is
 * relative to it; the stack itself never loses its protection.
 */
async function planDown(operation: Operation, runtime: Runtime, deleteData: boolean): Promise<DownPlan> {
  const { environment, environments, progress } = operation;
  const stack = await inStage(progress, "synthesize", async () => ({
    value: synthesizeStack(environments, environment.name),
  }));
  await initialize(operation, stack.directory);
  const orphans = await takeOver(operation, runtime, stack);
  return inStage(progress, "plan", async () => {
    const state = await stateResources(operation, stack.directory);
    const protectedOnes = deleteData ? [] : state.filter((one) => isProtected(one, stack));
    const needed = neededBy(protectedOnes, state);
    const going = state.filter((one) => !protectedOnes.includes(one) && !needed.includes(one));
    const common = {
      kept: protectedOnes.map(textOf),
      directories: storageServer(environment)?.directories ?? [],
      orphans,
    };
    if (going.length === 0) {
      const nothing = orphans.length === 0;
      const value: DownPlan = { ...common, lost: [], nothing, directory: "" };
      return { value, result: nothing ? "nothing to destroy" : "nothing in the state to destroy" };
    }
    const directory = deleteData ? unprotectedCopy(stack) : stack.directory;
    const targets = deleteData ? [] : going.map(({ address }) => `-target=${address}`);
    preparePlanFolder(environment.name);
    const plan = privatePath(environment.name, "down.tfplan");
    if (deleteData) await initTerraform(operation, directory);
    const { values, args } = secretsOf(operation, stack.variableNames);
    const { json } = await runPlan(
      operation,
      directory,
      plan,
      ["-destroy", ...targets, ...args],
      placeholders(stack, values),
    );
    refuseSurprises(json, [...protectedOnes, ...needed]);
    const made = readable(json);
    const lost = lostTo(json, lostVolumes(made));
    const disks = await hostOf(runtime).fateOfData?.(lost.flatMap(({ values }) => nameIn(values) ?? []));
    const fate = { report: reviewPlan(made), lost: lost.map(textOf), disks, nothing: false };
    return { value: { ...common, ...fate, directory, plan }, result: changesInWords(made) };
  });
}

/**
 * Looks for what an apply left when it was killed. Its volumes come into the state first, so that their protection holds
 * and the plan shows what becomes of them; the rest goes with the containers.
 */
async function takeOver(operation: Operation, runtime: Runtime, stack: SynthesizedStack) {
  const { environment } = operation;
  const state = await stateResources(operation, stack.directory);
  rememberState(environment, state);
  const ownership = { environment, state, record: readRecord(environment) };
  const { ours } = await hostOf(runtime).findUnknown(wantedBy(stack.config), ownership);
  const { values, args } = secretsOf(operation, stack.variableNames);
  await importVolumes(operation, stack.directory, ours, args, placeholders(stack, values));
  return ours.filter(({ holdsData }) => !holdsData);
}

/** Destroys what `planDown` showed, and nothing else. */
async function applyDown(
  operation: Operation,
  runtime: Runtime,
  { directory, plan, orphans, kept }: DownPlan,
): Promise<void> {
  // What is left over may be on a network, or hold a volume, that Terraform is to destroy.
  await hostOf(runtime).removeOrphans(operation, orphans);
  if (plan) await destroy(operation, directory, plan);
  forgetLastGood(operation.environment);
  forgetUpgrade(operation.environment);
  if (kept.length > 0) return;
  forgetRecord(operation.environment);
  forgetRotation(operation.environment.name);
}

async function destroy(operation: Operation, directory: string, plan: string): Promise<Applied> {
  return inStage(operation.progress, "destroy", async (stage) => {
    const value = await runApply(operation, directory, plan, stage).finally(() =>
      discardDown(operation.environment.name),
    );
    return { value, result: `${value.done} destroyed` };
  });
}

/** Removes what a plan to destroy left on this machine. */
function discardDown(environment: string): void {
  rmSync(privatePath(environment, "down.tfplan"), { force: true });
  rmSync(copyDirectory(join("cdktf.out", "stacks", environment)), { recursive: true, force: true });
}

async function stateResources(operation: Operation, directory: string): Promise<StateResource[]> {
  const shown = await operation.terraform.run(directory, ["show", "-json"], { capture: true });
  if (shown.code !== 0) throw await terraformFailure(operation, "read the state", shown);
  const { values } = JSON.parse(shown.stdout) as { values?: { root_module?: { resources?: StateResource[] } } };
  return (values?.root_module?.resources ?? []).filter(({ mode }) => mode === "managed");
}

/** Data goes only when the environment says that it may; what the environment does not know stays. */
function isProtected(one: StateResource, { config }: SynthesizedStack): boolean {
  const described = resources(config).find(({ address }) => address === one.address);
  const isForbidden = described?.lifecycle?.prevent_destroy;
  return isData(one) ? isForbidden !== false : isForbidden === true;
}

/** What something that stays was made from: Terraform destroys nothing that others in the state need. */
function neededBy(kept: readonly StateResource[], state: readonly StateResource[]): StateResource[] {
  const needed = new Set<string>();
  const follow = ({ depends_on = [] }: StateResource): void => {
    for (const address of depends_on) {
      if (needed.has(address)) continue;
      needed.add(address);
      for (const one of state) if (one.address === address) follow(one);
    }
  };
  for (const one of kept) follow(one);
  return state.filter((one) => needed.has(one.address) && !kept.includes(one));
}

/** What a plan to destroy takes away with data in it; a Docker volume may hold only what is made again. */
function lostTo({ resource_changes = [] }: PlanJson, volumes: readonly string[]): Described[] {
  return resource_changes
    .filter((one) => isData(one) && one.change.actions.includes("delete"))
    .map(({ address, type, change }) => ({ address, type, values: change.before ?? {} }))
    .filter((one) => one.type !== DOCKER_TYPES.volume || volumes.includes(nameIn(one.values) ?? one.address));
}

/** A resource that nothing may destroy, in a plan that should not contain it, is a bug to stop at. */
function refuseSurprises({ resource_changes = [] }: PlanJson, kept: readonly StateResource[]): void {
  const surprise = resource_changes.find(
    ({ address, change }) => change.actions.includes("delete") && kept.some((one) => one.address === address),
  );
  if (surprise) throw new Failure(`The plan would destroy ${surprise.address}, which should stay; nothing was changed`);
}

const copyDirectory = (directory: string) => `${directory}.down`;

function unprotectedCopy({ directory, config }: SynthesizedStack): string {
  const copy = copyDirectory(directory);
  mkdirSync(copy, { recursive: true });
  const unprotected = structuredClone(config) as { resource?: Record<string, Record<string, { lifecycle?: object }>> };
  for (const resource of Object.values(unprotected.resource ?? {}).flatMap((all) => Object.values(all))) {
    if (resource.lifecycle) (resource.lifecycle as { prevent_destroy?: boolean }).prevent_destroy = false;
  }
  writeFileSync(join(copy, "cdk.tf.json"), JSON.stringify(unprotected));
  const lock = ".terraform.lock.hcl";
  if (existsSync(join(directory, lock))) copyFileSync(join(directory, lock), join(copy, lock));
  return copy;
}

/** Terraform wants a value for each variable even to destroy, when the secrets may be gone already. */
function placeholders({ variableNames }: SynthesizedStack, values: Secrets): Variables {
  const missing = variableNames.filter((name) => !values[name]);
  return Object.fromEntries(missing.map((name) => [`TF_VAR_${name}`, placeholder(name)]));
}

function placeholder(name: string): string {
  if (name === "registry_htpasswd") return Htpasswd.empty.with("nobody", randomPassword()).toString();
  return GENERATORS[name]?.() ?? randomPassword();
}

type Described = Pick<StateResource, "address" | "type" | "values">;

const textOf = ({ type, values, address }: Described) => `${kindOf(type) ?? "resource"} ${nameIn(values) ?? address}`;
