import { join } from "node:path";
import type { Command } from "commander";
import { readEnvironment } from "../../operations/environments";
import { builderCommand } from "../../operations/tls/trust";
import { writeTrust } from "../../operations/tls/write-trust";
import type { Context } from "../context";

interface Options {
  readonly ca?: string;
  readonly output?: string;
}

export function define(command: Command, { io }: Context): void {
  command
    .option("--ca <file>", "the CA, as PEM; needed when the environment's files do not hold it")
    .option("--output <folder>", "where to write it (default: trust/ENVIRONMENT)")
    .action(async (name: string, { ca, output: folder = join("trust", name) }: Options) => {
      await writeTrust(readEnvironment(name), folder, ca);
      io.out(folder);
      io.err(
        [
          `On each client: copy ${folder} there and run install.sh, as root for Docker Engine, Podman and containerd, as yourself for rootless Docker and Docker Desktop on macOS.`,
          `For BuildKit in a container: ${builderCommand(folder, name)}`,
          "Windows and CI jobs: docs/guides/https.md#clients-and-a-private-ca",
        ].join("\n"),
      );
    });
}
