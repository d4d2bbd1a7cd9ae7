import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { makePrivateFolder, writePrivateFile } from "../private-files";
import { looksSchema } from "../upgrade/record";
import { readSecrets, type Secrets, secretsPath, writeSecrets } from "./file";
import { GENERATORS } from "./generate";

const rotationSchema = z.strictObject({
  version: z.literal(1),
  /** When it began, ISO 8601 in UTC. */
  at: z.iso.datetime(),
  /** The values before, by variable: until the new ones are proven. */
  before: z.record(z.string(), z.string()),
  ...looksSchema,
});

/** A rotation that has begun: the old values, until the new ones are proven. */
export type Rotation = z.output<typeof rotationSchema>;

/** Beside the secrets: it holds old ones. */
export const rotationPath = (environment: string) => join("secrets", `${environment}.rotation.json`);

export function readRotation(environment: string): Rotation | undefined {
  const path = rotationPath(environment);
  return existsSync(path) ? rotationSchema.parse(JSON.parse(readFileSync(path, "utf8"))) : undefined;
}

export function writeRotation(environment: string, rotation: Omit<Rotation, "version">): Rotation {
  const path = rotationPath(environment);
  const whole = { version: 1 as const, ...rotation };
  makePrivateFolder(dirname(path));
  writePrivateFile(path, `${JSON.stringify(whole, undefined, 2)}\n`);
  return whole;
}

export function forgetRotation(environment: string): void {
  rmSync(rotationPath(environment), { force: true });
}

/** Gives those that still have their old value a new one. @returns the old and the new values of all of them */
export function renewValues(environment: string, { before }: Rotation): { readonly after: Secrets } {
  const secrets = readSecrets(secretsPath(environment));
  const after = Object.fromEntries(
    Object.entries(before).map(([name, old]) => {
      const now = secrets[name] ?? old;
      return [name, now === old ? (GENERATORS[name]?.() ?? old) : now];
    }),
  );
  writeSecrets(secretsPath(environment), { ...secrets, ...after });
  return { after };
}

/** Puts the old values back. */
export function restoreValues(environment: string, { before }: Rotation): void {
  writeSecrets(secretsPath(environment), { ...readSecrets(secretsPath(environment)), ...before });
}
