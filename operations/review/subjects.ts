import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Plan } from "../../plan/model";
import { synthesize } from "../../stacks";
import { readEnvironments } from "../environments";
import { Failure } from "../failure";

/** What is reviewed: a text or a plan that was read already, and the environment it belongs to. */
export interface Subject {
  readonly subject: string | Plan;
  readonly environment?: string;
}

/** Where subjects come from that are no files. */
export interface SubjectSources {
  readonly standardInput: () => Promise<string>;
  /** The saved plan of an environment. */
  readonly savedPlan: (environment: string) => Promise<Plan>;
}

/**
 * Reads what a person named: nothing for every environment, `-`, a folder that CDKTF wrote, a file, or an environment.
 * @throws Failure when there is no such thing
 */
export async function readSubjects(
  what: string | undefined,
  { standardInput, savedPlan }: SubjectSources,
): Promise<Subject[]> {
  if (what === undefined) return readSynthesized();
  if (what === "-") return [{ subject: await standardInput() }];
  if (isFolder(what)) return readFolder(what);
  if (existsSync(what)) return [{ subject: readFileSync(what, "utf8") }];
  const known = readEnvironments().map(({ name }) => name);
  if (!known.includes(what)) {
    throw new Failure(`there is no file and no environment ${what}`, `environments: ${known.join(", ")}`);
  }
  return [{ subject: await savedPlan(what), environment: what }];
}

/** Without a plan: what every environment is, which needs neither Docker nor Terraform. */
function readSynthesized(): Subject[] {
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
