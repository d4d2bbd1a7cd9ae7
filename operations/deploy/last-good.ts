import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Environment } from "../../config";
import { StateFile } from "./state-file";

export const lastGoodSchema = z.strictObject({
  version: z.literal(1),
  /** When its apply ended, ISO 8601 in UTC. */
  at: z.string(),
  /** What Terraform read; secrets are variables in it. */
  config: z.string(),
  /** SHA-256 of each secret's value, by the name of its variable. */
  secretHashes: z.record(z.string(), z.string()),
});

/** The last configuration that was applied to its end. Secrets are hashes only. */
export type LastGood = z.output<typeof lastGoodSchema>;

const FILE = new StateFile("last-good", lastGoodSchema);
const CONFIG = "cdk.tf.json";

/** Keeps a stack's configuration as the one to return to. */
export function keepLastGood(environment: Environment, directory: string, secrets: Secrets, now: Date): void {
  putLastGood(environment, configurationIn(directory, secrets, now));
}

/** What a stack's folder holds, as something to return to. */
export function configurationIn(directory: string, secrets: Secrets, now: Date): LastGood {
  return {
    version: 1,
    at: now.toISOString(),
    config: readFileSync(join(directory, CONFIG), "utf8"),
    secretHashes: Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, sha256(value)])),
  };
}

/** Keeps a configuration that runs, or runs again. */
export function putLastGood(environment: Environment, lastGood: LastGood): void {
  FILE.write(environment, lastGood);
}

/** The configuration to return to; nothing when there is none or it cannot be read. */
export function readLastGood(environment: Environment): LastGood | undefined {
  return FILE.read(environment);
}

export function forgetLastGood(environment: Environment): void {
  FILE.forget(environment);
}

type Secrets = Readonly<Record<string, string>>;

/** Whether a stack's folder holds the same. */
export const isConfigOf = ({ config }: LastGood, directory: string): boolean =>
  readFileSync(join(directory, CONFIG), "utf8") === config;

/** Secrets that have another value now; users may change without harm. */
export function changedSecrets({ secretHashes }: LastGood, secrets: Secrets): string[] {
  return Object.entries(secrets)
    .filter(([name, value]) => name !== "registry_htpasswd" && secretHashes[name] !== sha256(value))
    .map(([name]) => name);
}

/** Writes it beside the stack's folder, since the state's path is relative to it. @returns the folder */
export function writeLastGood({ config }: LastGood, directory: string): string {
  const folder = `${directory}.last-good`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, CONFIG), config);
  const lock = ".terraform.lock.hcl";
  if (existsSync(join(directory, lock))) copyFileSync(join(directory, lock), join(folder, lock));
  return folder;
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
