import { App } from "cdktf";
import type { Environment } from "../config";
import { placeProviderLocks } from "./provider-lock";
import { RegistryStack } from "./registry-stack";

/** Describes every environment as a stack; nothing is written yet. */
export function describe(environments: readonly Environment[]): { app: App; stacks: RegistryStack[] } {
  // Stack traces in the output would name directories of this machine, and cost time.
  const app = new App({ stackTraces: false });
  return { app, stacks: environments.map((environment) => new RegistryStack(app, environment)) };
}

/**
 * Writes what Terraform reads, one folder an environment: `cdktf.out/stacks/<name>/cdk.tf.json`.
 * A pure function of the environments: no secrets, no Docker, no network, no clock.
 */
export function synthesize(environments: readonly Environment[]): RegistryStack[] {
  const { app, stacks } = describe(environments);
  app.synth();
  placeProviderLocks(stacks);
  return stacks;
}
