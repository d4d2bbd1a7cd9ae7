import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Environment } from "../../config";
import { synthesize } from "../../stacks";
import { resources, type TerraformConfig } from "./config";

/** A stack as it was written for Terraform. */
export interface SynthesizedStack {
  readonly environment: Environment;
  /** Folder that Terraform runs in. */
  readonly directory: string;
  /** What Terraform reads. */
  readonly config: TerraformConfig;
  /** SHA-256 of that text and of every local file that it uploads. */
  readonly hash: string;
  /** Names of the variables, all of them secrets. */
  readonly variableNames: readonly string[];
  readonly url: string;
  readonly loginCommand: string;
  readonly dataLocation: string;
}

/** Writes all environments for Terraform and returns one of them; a stack that was left out would look deleted. */
export function synthesizeStack(environments: readonly Environment[], name: string): SynthesizedStack {
  const stack = synthesize(environments).find((one) => one.environment.name === name);
  if (!stack) throw new Error(`no stack ${name}`);
  const directory = join("cdktf.out", "stacks", name);
  const text = readFileSync(join(directory, "cdk.tf.json"), "utf8");
  const config = JSON.parse(text) as TerraformConfig;
  return {
    environment: stack.environment,
    directory,
    config,
    hash: hashConfig(text, config, directory),
    variableNames: stack.variableNames,
    url: stack.registry.distribution.url,
    loginCommand: stack.registry.loginCommand,
    dataLocation: stack.registry.dataLocation,
  };
}

function hashConfig(text: string, config: TerraformConfig, directory: string): string {
  const hash = createHash("sha256").update(text);
  const sources = resources(config).flatMap(({ upload = [] }) => upload.flatMap(({ source }) => source ?? []));
  for (const source of [...new Set(sources)].sort()) {
    hash.update(`\0${source}\0`);
    try {
      hash.update(readFileSync(resolve(directory, source)));
    } catch {
      hash.update("missing");
    }
  }
  return hash.digest("hex");
}
