import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import type { Environment } from "../../config";
import { besideState } from "../deploy/deployment-record";
import { writePrivateFile } from "../private-files";

const recordSchema = z.strictObject({
  version: z.literal(1),
  snapshot: z.string(),
  /** ISO 8601: what was pushed later is not in it. */
  taken: z.iso.datetime(),
  target: z.string(),
});

/** The newest whole backup that was made from this machine. */
export type BackupRecord = z.output<typeof recordSchema>;

/** Remembers a backup; one of a target that is not read at every look. */
export function recordBackup(environment: Environment, record: Omit<BackupRecord, "version">): void {
  writePrivateFile(besideState(environment, "backup"), `${JSON.stringify({ version: 1, ...record }, undefined, 2)}\n`);
}

/** Nothing when none was made from this machine, or it cannot be read. */
export function newestBackup(environment: Environment): BackupRecord | undefined {
  const path = besideState(environment, "backup");
  if (!existsSync(path)) return undefined;
  try {
    return recordSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}
