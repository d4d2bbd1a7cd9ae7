import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { formatDiagnostic, loadEnvironments } from "../../config";
import { type ComposeImport, holds, importCompose, writeImportedSecrets } from "../../operations/compose/import";
import { Failure } from "../../operations/failure";
import { secretsPath } from "../../operations/secrets/file";
import type { ImportComposeOptions } from "../commands/import";
import type { Context } from "../context";
import { showFirstPassword } from "./secrets";

/** What the person must know goes to stderr; the commands go to stdout, as a script. */
export function importComposeFile(context: Context, file: string, options: ImportComposeOptions): void {
  const { io, process } = context;
  const imported = importCompose(file, process.env, options);
  const path = join("environments", `${imported.name}.yaml`);
  explain(context, imported);
  if (options.dryRun) {
    io.out(`# ${path}\n${imported.yaml.trimEnd().replace(/^/gm, "#   ")}\n\n${imported.commands.trimEnd()}`);
    return;
  }
  if (existsSync(path) && !holds(path, imported.yaml) && !options.force) {
    throw new Failure(`${path} exists already`, "choose another --name, or replace it with --force");
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, imported.yaml);
  writeImportedSecrets(imported);
  io.err(`\nwritten: ${path}, ${secretsPath(imported.name)}`);
  // Standard output is a script.
  showFirstPassword({ ...context, io: { ...io, out: io.err } }, imported.name);
  if (imported.storage.old && !imported.storage.old.keys) {
    io.err(`the compose file has no S3 keys: write the old server's into ${join(imported.folder, "source.curl")}`);
  }
  reportNeighbours(context);
  io.err("\nNext, in this order:\n");
  io.out(imported.commands.trimEnd());
}

function explain({ io }: Context, { report }: ComposeImport): void {
  const { bold, yellow } = io.errStyle;
  io.err(bold("Kept"));
  for (const kept of report.keptThings) io.err(`  ${kept}`);
  io.err(bold("Changed"));
  for (const { what, why } of report.changes) io.err(`  ${what}: ${why}`);
  if (report.warnings.length > 0) io.err(bold(yellow("Look at")));
  for (const warning of report.warnings) io.err(`  ${warning}`);
}

/** The new environment is right by itself; beside others it may publish the same port. */
function reportNeighbours({ io }: Context): void {
  const { diagnostics } = loadEnvironments("environments");
  if (diagnostics.length === 0) return;
  io.err("\nBefore anything runs, the environments must agree with each other:");
  for (const diagnostic of diagnostics) io.err(`  ${formatDiagnostic(diagnostic)}`);
}
