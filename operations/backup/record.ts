import { z } from "zod";
import type { Environment } from "../../config";
import { StateFile } from "../deploy/state-file";

const recordSchema = z.strictObject({
  version: z.literal(1),
  snapshot: z.string(),
  /** ISO 8601: what was pushed later is not in it. */
  taken: z.iso.datetime(),
  target: z.string(),
});

/** The newest whole backup that was made from this machine. */
export type BackupRecord = z.output<typeof recordSchema>;

const FILE = new StateFile("backup", recordSchema);

/** Remembers a backup; one of a target that is not read at every look. */
export function recordBackup(environment: Environment, record: Omit<BackupRecord, "version">): void {
  FILE.write(environment, { version: 1, ...record });
}

/** Nothing when none was made from this machine, or it cannot be read. */
export function newestBackup(environment: Environment): BackupRecord | undefined {
  return FILE.read(environment);
}
