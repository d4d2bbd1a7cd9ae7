import type { Command } from "commander";
import type { Context } from "../context";

export interface TrustOptions {
  readonly ca?: string;
  readonly output?: string;
}

/** `trust`: what clients need to trust a private CA. */
export function addTrustCommand(program: Command, context: Context): void {
  program
    .command("trust <environment>")
    .description("write what Docker, BuildKit, Podman and containerd need to trust the environment's private CA")
    .option("--ca <file>", "the CA, as PEM; needed when the environment's files do not hold it")
    .option("--output <folder>", "where to write it; default trust/ENVIRONMENT")
    .action(async (name: string, options: TrustOptions) =>
      (await import("../actions/trust.js")).trust(context, name, options),
    );
}
