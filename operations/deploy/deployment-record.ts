import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";
import type { Environment } from "../../config";
import { platformOf } from "../../stacks";
import { StateFile } from "./state-file";

const recordSchema = z.strictObject({
  version: z.literal(1),
  /** The place that the rest is about: `docker.host`, or a cluster's context and namespace. */
  dockerHost: z.string(),
  /** The id that the state gives the deployment: a label of everything it made. @default - none was seen yet */
  deployment: z.string().optional(),
  /** Names of the volumes that applies from here made or used. */
  volumes: z.array(z.string()),
  /** Names of what applies were about to make that were killed before Terraform could say so. */
  unfinished: z.array(z.string()),
  /** The run of Terraform that has not ended, or was killed. @default - the last one ended by itself */
  running: z
    .strictObject({
      step: z.string(),
      pid: z.number(),
      /** Tells the process from a later one with the same number. @default - not known on this system */
      started: z.string().optional(),
      host: z.string(),
      /** ISO 8601 in UTC. */
      since: z.string(),
    })
    .optional(),
});

/**
 * What this machine remembers of an environment beside the state, for the case that the state does not say it: an apply
 * that was killed. It holds names only.
 */
export type DeploymentRecord = z.output<typeof recordSchema>;

const FILE = new StateFile("deployment", recordSchema);

/** The record; an empty one when there is none, it cannot be read, or it is about another place. */
export function readRecord(environment: Environment): DeploymentRecord {
  const dockerHost = platformOf(environment).place;
  const empty: DeploymentRecord = { version: 1, dockerHost, volumes: [], unfinished: [] };
  const record = FILE.read(environment);
  return record?.dockerHost === dockerHost ? record : empty;
}

/** Changes parts of the record. */
export function updateRecord(environment: Environment, changes: Partial<DeploymentRecord>): DeploymentRecord {
  const record = { ...readRecord(environment), ...changes };
  FILE.write(environment, record);
  return record;
}

/** Forgets everything: the environment and its data are gone. */
export function forgetRecord(environment: Environment): void {
  FILE.forget(environment);
}

/** Writes down that a process runs for the environment. */
export function recordRun(environment: Environment, step: string, pid: number): void {
  const running = { step, pid, started: startOf(pid), host: hostname(), since: new Date().toISOString() };
  updateRecord(environment, { running });
}

/** How it is with the run of Terraform that the record names. */
export function lastRun({ running }: DeploymentRecord): "none" | "running" | "died" | "elsewhere" {
  if (!running) return "none";
  if (running.host !== hostname()) return "elsewhere";
  return isAlive(running.pid) && startOf(running.pid) === running.started ? "running" : "died";
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** When a process started, in the kernel's own count, with the boot that it is counted from; Linux only. */
function startOf(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    if (fields[0] === "Z") return "ended";
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${fields[19]}`;
  } catch {
    return undefined;
  }
}
