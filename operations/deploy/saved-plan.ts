import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { z } from "zod";
import { command } from "../command";
import { Failure } from "../failure";
import { makePrivateFolder, PRIVATE_FOLDER, privatePath, writePrivateFile } from "../private-files";

const recordSchema = z.strictObject({
  version: z.literal(1),
  environment: z.string(),
  /** When it was made, ISO 8601 in UTC. */
  createdAt: z.string(),
  /** SHA-256 of the plan file. */
  planHash: z.string(),
  /** SHA-256 of what was synthesized. */
  configHash: z.string(),
  /** SHA-256 of each secret's value, by the name of its variable. */
  secretHashes: z.record(z.string(), z.string()),
  /** Whether applying it does anything. */
  changes: z.boolean(),
});

/** What is known of a saved plan besides the plan itself. */
export type PlanRecord = z.output<typeof recordSchema>;

/** What a plan depends on and may change before it is applied. */
export interface PlanInputs {
  readonly configHash: string;
  /** Secrets by the name of their variable, as far as they are at hand. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** The files of an environment's saved plan: Terraform's, and what it was made from. */
export function planFiles(environment: string): { plan: string; record: string } {
  return {
    plan: privatePath(environment, "plan.tfplan"),
    record: privatePath(environment, "plan.record.json"),
  };
}

/** Makes the folder for the plan's files: git ignores it, and only its owner reads what is in it. */
export function preparePlanFolder(environment: string): void {
  makePrivateFolder(PRIVATE_FOLDER);
  makePrivateFolder(privatePath(environment), PRIVATE_FOLDER);
}

/** Remembers what a plan was made from. @returns the record, with the hash of the plan */
export function recordPlan(environment: string, inputs: PlanInputs, changes: boolean, now: Date) {
  const files = planFiles(environment);
  const record: PlanRecord = {
    version: 1,
    environment,
    createdAt: now.toISOString(),
    planHash: sha256(readFileSync(files.plan)),
    configHash: inputs.configHash,
    secretHashes: Object.fromEntries(Object.entries(inputs.secrets).map(([name, value]) => [name, sha256(value)])),
    changes,
  };
  writePrivateFile(files.record, `${JSON.stringify(record, undefined, 2)}\n`);
  return record;
}

/** @throws Failure when there is no saved plan, or its files are not as `plan` left them */
export function readPlanRecord(environment: string): PlanRecord {
  const files = planFiles(environment);
  const remedy = command("plan", environment);
  if (!existsSync(files.record) || !existsSync(files.plan)) {
    throw new Failure(`There is no saved plan of ${environment}`, remedy);
  }
  const parsed = recordSchema.safeParse(readJson(files.record));
  if (!parsed.success) throw new Failure(`${files.record} is not what plan wrote`, remedy);
  requireSamePlan(parsed.data);
  return parsed.data;
}

/** @throws Failure when the plan file is not the recorded one any more: another `plan` ran, or somebody changed it */
export function requireSamePlan({ environment, planHash }: PlanRecord): void {
  const { plan } = planFiles(environment);
  if (existsSync(plan) && sha256(readFileSync(plan)) === planHash) return;
  throw new Failure(
    `${plan} is not the plan that was shown; nothing was applied`,
    `another plan was made, or somebody changed the file: ${command("plan", environment)}`,
  );
}

/** What changed since the plan was made, a sentence each; nothing when it still holds. State is Terraform's to compare. */
export function staleReasons(record: PlanRecord, { configHash, secrets }: PlanInputs): string[] {
  const changed = Object.entries(secrets)
    .filter(([name, value]) => record.secretHashes[name] !== sha256(value))
    .map(([name]) => name);
  return [
    ...(record.configHash === configHash
      ? []
      : [`what environments/ (or this program, or a certificate's file) says about ${record.environment} changed`]),
    ...(changed.length === 0 ? [] : [`secrets changed: ${changed.join(", ")}`]),
  ];
}

/** Removes a plan that was applied or does not hold any more. */
export function forgetPlan(environment: string): void {
  for (const file of Object.values(planFiles(environment))) rmSync(file, { force: true });
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

const sha256 = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");
