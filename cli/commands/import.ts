import { join } from "node:path";
import type { Command } from "commander";
import { formatDiagnostic, loadEnvironments } from "../../config";
import { isServer } from "../../operations/compose/copy";
import { type ComposeImport, type ImportOptions, importCompose } from "../../operations/compose/import";
import { switchImport } from "../../operations/compose/switch";
import { writeImport } from "../../operations/compose/write-import";
import { ENVIRONMENTS, environmentPath } from "../../operations/environments";
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
    .description(
      "write an environment from a docker-compose file, one for each registry in it, and print the commands that bring its images over",
    )
    .option("--name <name>", "name of the environment (default: the compose project's)")
    .option("--service <names...>", "the services that are registries (default: those whose image is one)")
    .option("--registry-version <version>", "Distribution's version, for an image that does not tell, e.g. 2.8.3")
    .option("--project <name>", "Docker Compose's project name (default: as Docker Compose finds it)")
    .option("--host <name>", "name that clients use (default: what the file says, or localhost)")
    .option("--htpasswd <file>", "the users' file (default: where the compose file mounts it from)")
    .option("--plain-http-reason <reason>", "why plain HTTP may stay open to the network")
    .option("--dry-run", "print the environment file and the commands; write nothing")
    .option("--force", "replace an environment file of that name")
    .action((file: string, options: Options) => compose(context, file, options));
  command
    .command("switch <environment>")
    .description("give an imported environment the name, port and TLS of the old registry, which has stopped")
    .action((name: string) => context.io.err(`written: ${switchImport(name)}`));
}

function compose(context: Context, file: string, options: Options): void {
  const imports = importCompose(file, context.process.env, options);
  for (const imported of imports) {
    if (imports.length > 1) context.io.err(`\nService for environment ${imported.name}`);
    show(context, imported, options);
  }
}

/** What the person must know goes to stderr; the commands go to stdout, as a script. */
function show(context: Context, imported: ComposeImport, options: Options): void {
  const { io } = context;
  const { name, storage, commands, yaml } = imported;
  io.err(importText(imported, io.errStyle));
  if (options.dryRun) {
    io.out(`# ${environmentPath(imported.name)}\n${yaml.trimEnd().replace(/^/gm, "#   ")}\n\n${commands.trimEnd()}`);
    return;
  }
  const path = writeImport(imported, options.force === true);
  io.err(`\nwritten: ${path}, ${secretsPath(name)}`);
  // Standard output is a script.
  showFirstPassword({ ...context, io: { ...io, out: io.err } }, name);
  if (storage.old && isServer(storage.old.source) && !storage.old.source.keys) {
    io.err(`the compose file has no S3 keys: write the old server's into ${join(imported.folder, "source.curl")}`);
  }
  reportNeighbours(context, imported);
  io.err("\nNext, in this order:\n");
  io.out(commands.trimEnd());
}

/** The new environment is right by itself; beside others it may publish the same port in the end. */
function reportNeighbours({ io }: Context, imported: ComposeImport): void {
  const final = new Map([[environmentPath(imported.name), imported.yaml]]);
  const { diagnostics } = loadEnvironments(ENVIRONMENTS, undefined, final);
  if (diagnostics.length === 0) return;
  io.err("\nBefore anything runs, the environments must agree with each other:");
  for (const diagnostic of diagnostics) io.err(`  ${formatDiagnostic(diagnostic)}`);
}
