import { z } from "zod";
import type { Environment } from "../../config";
import { lastGoodSchema } from "../deploy/last-good";
import { StateFile } from "../deploy/state-file";

/** What was seen before something was changed. */
export const looksSchema = {
  /** Checks that had failed before: they say nothing about the change. */
  failedBefore: z.array(z.string()).readonly(),
  /** The images that were there. */
  images: z.strictObject({
    tags: z.record(z.string(), z.string()),
    missing: z.array(z.string()).readonly(),
    blobs: z.number(),
  }),
};

const recordSchema = z.strictObject({
  version: z.literal(1),
  /** When it began, ISO 8601 in UTC. */
  at: z.iso.datetime(),
  /** In words: what it changes. */
  changes: z.array(z.string()).readonly(),
  /** `applying`: it was not proven yet. */
  state: z.enum(["applying", "proven"]),
  /** What ran before. */
  wayBack: lastGoodSchema,
  ...looksSchema,
  /** Where files were kept. */
  folder: z.string(),
});

/** The last upgrade: how to go on with it, and how to go back. */
export type UpgradeRecord = z.output<typeof recordSchema>;

const FILE = new StateFile("upgrade", recordSchema);

export function writeUpgrade(environment: Environment, record: Omit<UpgradeRecord, "version">): void {
  FILE.write(environment, { version: 1, ...record });
}

/** Nothing when there was none, or it cannot be read. */
export function readUpgrade(environment: Environment): UpgradeRecord | undefined {
  return FILE.read(environment);
}

export function forgetUpgrade(environment: Environment): void {
  FILE.forget(environment);
}
