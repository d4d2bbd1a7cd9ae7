import { join } from "node:path";
import type { Command } from "commander";
import { formatDiagnostic, loadEnvironments } from "../../config";
import { environmentPath, type ImportOptions, importCompose, writeImport } from "../../operations/compose/import";
import { ENVIRONMENTS } from "../../operations/environments";
import { secretsPath } from "../../operations/secrets/file";
import type { Context } from "../context";
import { showFirstPassword } from "../render/first-password";
import { importText } from "../render/import";

interface Options extends ImportOptions {
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .command("compose <file>")
    .description("write an environment from a docker-compose file, and print the commands that copy its images across")
    .option("--name <name>", "name of the environment (default: the compose project's)")
    .option("--service <name>", "the service that is the registry (default: the one whose image is one)")
    .option("--registry-version <version>", "version of Distribution in an image whose tag does not say it, e.g. 2.8.3")
    .option("--project <name>", "Docker Compose's project name (default: as Docker Compose finds it)")
    .option("--host <name>", "name that clients use (default: what the file says, or localhost)")
    .option("--htpasswd <file>", "the users' file (default: where the compose file mounts it from)")
    .option("--plain-http-reason <reason>", "why plain HTTP may stay open to the network")
    .option("--dry-run", "print the environment file and the commands; write nothing")
    .option("--force", "replace an environment file of that name")
    .action((file: string, options: Options) => compose(context, file, options));
}

/** What the person must know goes to stderr; the commands go to stdout, as a script. */
function compose(context: Context, file: string, options: Options): void {
  const { io, process } = context;
  const imported = importCompose(file, process.env, options);
  const { name, storage, commands, yaml } = imported;
  io.err(importText(imported, io.errStyle));
  if (options.dryRun) {
    io.out(`# ${environmentPath(imported)}\n${yaml.trimEnd().replace(/^/gm, "#   ")}\n\n${commands.trimEnd()}`);
    return;
  }
  const path = writeImport(imported, options.force === true);
  io.err(`\nwritten: ${path}, ${secretsPath(name)}`);
  // Standard output is a script.
  showFirstPassword({ ...context, io: { ...io, out: io.err } }, name);
  if (storage.old && !storage.old.keys) {
    io.err(`the compose file has no S3 keys: write the old server's into ${join(imported.folder, "source.curl")}`);
  }
  reportNeighbours(context);
  io.err("\nNext, in this order:\n");
  io.out(commands.trimEnd());
}

/** The new environment is right by itself; beside others it may publish the same port. */
function reportNeighbours({ io }: Context): void {
  const { diagnostics } = loadEnvironments(ENVIRONMENTS);
  if (diagnostics.length === 0) return;
  io.err("\nBefore anything runs, the environments must agree with each other:");
  for (const diagnostic of diagnostics) io.err(`  ${formatDiagnostic(diagnostic)}`);
}
