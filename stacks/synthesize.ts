import { App } from "cdktf";
import type { Environment } from "../config";
import { placeProviderLocks } from "./provider-lock";
import { RegistryStack } from "./registry-stack";

/** Builds an environment's stack in memory; nothing is written. */
export function buildStack(environment: Environment): RegistryStack {
  return new RegistryStack(newApp(), environment);
}

/**
 * Writes what Terraform reads, one folder an environment: `cdktf.out/stacks/<name>/cdk.tf.json`.
 * A pure function of the environments: no secrets, no Docker, no network, no clock.
 */
export function synthesize(environments: readonly Environment[]): RegistryStack[] {
  const app = newApp();
  const stacks = environments.map((environment) => new RegistryStack(app, environment));
  app.synth();
  placeProviderLocks(stacks);
  return stacks;
}

/** Stack traces in the output would name directories of this machine, and cost time. */
const newApp = () => new App({ stackTraces: false });
