import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { showSavedPlan } from "../../operations/deploy/apply";
import { readPlanRecord } from "../../operations/deploy/saved-plan";
import { Failure } from "../../operations/failure";
import type { Plan } from "../../plan/model";
import { format, type Report, review, reviewPlan } from "../../review";
import type { ReviewCommandOptions } from "../commands/review";
import type { Context } from "../context";
import { readEnvironments } from "../environments";
import type { ExitCode } from "../io";
import { operate } from "../operate";
import { readPolicy } from "../policy";
import { isColoured } from "../render/saved-plan";

/** What is reviewed: a text or a plan that was read already, and the environment it belongs to. */
interface Subject {
  readonly subject: string | Plan;
  readonly environment?: string;
}

export async function reviewPlans(
  context: Context,
  plan: string | undefined,
  options: ReviewCommandOptions,
): Promise<void> {
  const { io, exit } = context;
  const subjects = await read(context, plan);
  const policy = readPolicy(options.policy);
  const reports = subjects.map(({ subject, environment }) => {
    const given = { environment: options.environment ?? environment, policy, failOn: options.failOn };
    return typeof subject === "string" ? review(subject, given) : reviewPlan(subject, given);
  });
  const printed = reports.map((report) => print(report, options, context)).filter((text) => text !== "");
  if (printed.length > 0) io.out(printed.join("\n\n"));
  exit(worst(reports));
}

function print(report: Report, { format: as, details, skipNoChanges }: ReviewCommandOptions, { io }: Context): string {
  return format(report, as, { colors: isColoured(io.style), details, skipNoChanges });
}

/** 1 when anything could not be reviewed, else 2 when anything was found, else 0. */
function worst(reports: readonly Report[]): ExitCode {
  const codes = reports.map(({ exitCode }) => exitCode);
  return codes.includes(1) ? 1 : codes.includes(2) ? 2 : 0;
}

async function read(context: Context, plan: string | undefined): Promise<Subject[]> {
  if (plan === undefined) return readSynthesized();
  if (plan === "-") return [{ subject: await readAll(context.process.stdin) }];
  if (isFolder(plan)) return readFolder(plan);
  if (existsSync(plan)) return [{ subject: readFileSync(plan, "utf8") }];
  const known = readEnvironments().map(({ name }) => name);
  if (!known.includes(plan)) {
    throw new Failure(`there is no file and no environment ${plan}`, `environments: ${known.join(", ")}`);
  }
  const record = readPlanRecord(plan);
  const saved = await operate(context, "review", plan, {}, (operation) => showSavedPlan(operation, record));
  return [{ subject: saved.plan, environment: plan }];
}

/** Without a plan: what every environment is, which needs neither Docker nor Terraform. */
async function readSynthesized(): Promise<Subject[]> {
  const { synthesize } = await import("../../stacks/index.js");
  return synthesize(readEnvironments()).map(({ environment: { name }, file }) => ({
    subject: readFileSync(file, "utf8"),
    environment: name,
  }));
}

/** Every stack in a folder that CDKTF wrote, ours or not. */
function readFolder(folder: string): Subject[] {
  const stacks = join(folder, "stacks");
  const names = existsSync(stacks) ? readdirSync(stacks).sort() : [];
  const subjects = names
    .map((name) => ({ name, file: join(stacks, name, "cdk.tf.json") }))
    .filter(({ file }) => existsSync(file));
  if (subjects.length === 0)
    throw new Failure(`${folder} holds no synthesized stack`, "npm start, or cdktf synth, writes them");
  return subjects.map(({ name, file }) => ({ subject: readFileSync(file, "utf8"), environment: name }));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
