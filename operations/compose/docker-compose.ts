import { spawnSync } from "node:child_process";
import { MIB } from "../../constructs/values/bytes";
import { Failure } from "../failure";
import type { Values } from "./interpolate";

/** A compose file as Docker Compose understands it: one document, variables filled in, paths absolute. */
export interface ComposeConfig {
  readonly document: unknown;
  /** Variables that had no value. */
  readonly absent: readonly string[];
}

/**
 * Asks Docker Compose for a file, with everything that it includes and extends. Nothing is started, no engine is asked.
 * @returns nothing where this machine has no Docker Compose of version 2 or later
 * @throws Failure with its own words when it refuses the file
 */
export function askDockerCompose(path: string, variables: Values, project?: string): ComposeConfig | undefined {
  const run = (...words: string[]) =>
    spawnSync("docker", ["compose", ...words], {
      env: variables as NodeJS.ProcessEnv,
      encoding: "utf8",
      maxBuffer: 64 * MIB,
      timeout: 30_000,
    });
  if (run("version").status !== 0) return undefined;
  const named = project ? ["--project-name", project] : [];
  // Services of a profile run elsewhere, perhaps, and are part of what is taken over.
  const { status, stdout, stderr } = run(...named, "--profile", "*", "--file", path, "config", "--format", "json");
  if (status !== 0) {
    throw new Failure(
      `Docker Compose refuses ${path}`,
      `correct it: docker compose --file ${path} config`,
      stderr.trim(),
    );
  }
  return { document: withSingleDollars(JSON.parse(stdout)), absent: absentVariables(stderr) };
}

/** What Docker Compose prints can be given to it again, so that each dollar sign is doubled. */
function withSingleDollars(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("$$", "$");
  if (Array.isArray(value)) return value.map(withSingleDollars);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withSingleDollars(inner)]));
}

function absentVariables(warnings: string): string[] {
  const names = [...warnings.matchAll(/The \\?"(\w+)\\?" variable is not set/g)].map(([, name = ""]) => name);
  return [...new Set(names)];
}
