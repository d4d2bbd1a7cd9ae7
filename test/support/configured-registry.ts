import { writeFileSync } from "node:fs";
import { expect, onTestFinished } from "vitest";
import {
  configurationProblems,
  type DistributionConfiguration,
  type DistributionOverrides,
  mergeConfiguration,
} from "../../constructs/distribution/configuration";
import { renderConfiguration } from "../../constructs/distribution/render";
import { type Ended, freePort, showWhenTestFails } from "./process";
import { RegistryProcess, runRegistry } from "./registry-process";

/** Registries for single tests, each on the smallest configuration and what a test adds to it. */
export class ConfiguredRegistry {
  private files = 0;

  private readonly binary: string;
  private readonly path: (...names: string[]) => string;

  constructor(binary: string, path: (...names: string[]) => string) {
    this.binary = binary;
    this.path = path;
  }

  /** Starts one on a configuration that the model accepts; it is stopped after the test. */
  public async start(overrides: DistributionOverrides = {}, port?: number): Promise<RegistryProcess> {
    expect(configurationProblems(this.configuration(overrides))).toEqual([]);
    return this.startUnchecked(overrides, port);
  }

  /** Starts one on any configuration, to show what the registry makes of it. */
  public async startUnchecked(overrides: object, givenPort?: number): Promise<RegistryProcess> {
    const port = givenPort ?? (await freePort());
    const registry = await RegistryProcess.start(this.binary, this.write(overrides, port), port);
    onTestFinished(async () => void (await registry.stop()));
    showWhenTestFails(() => registry);
    return registry;
  }

  /** Runs one on a configuration that it does not start with. */
  public async runToEnd(overrides: object): Promise<Ended> {
    return runRegistry(this.binary, ["serve", this.write(overrides, 0)]);
  }

  /** What the overrides make of the smallest configuration. */
  public configuration(overrides: object, port = 0): DistributionConfiguration {
    const smallest: DistributionConfiguration = {
      version: "0.1",
      storage: { inmemory: {} },
      http: { addr: `127.0.0.1:${port}`, secret: "s".repeat(32) },
    };
    return mergeConfiguration(smallest, overrides);
  }

  private write(overrides: object, port: number): string {
    const file = this.path(`${++this.files}.yml`);
    writeFileSync(file, renderConfiguration(this.configuration(overrides, port)));
    return file;
  }
}
