import type { Command } from "commander";
import type { Context } from "../context";

export interface ImportComposeOptions {
  readonly name?: string;
  readonly service?: string;
  readonly project?: string;
  readonly host?: string;
  readonly htpasswd?: string;
  readonly plainHttpReason?: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

export function addImportCommand(program: Command, context: Context): void {
  const group = program.command("import").description("take over a registry that runs already");

  group
    .command("compose <file>")
    .description("write an environment from a docker-compose file, and print the commands that copy its images across")
    .option("--name <name>", "name of the environment (default: the compose project's)")
    .option("--service <name>", "the service that is the registry (default: the one whose image is one)")
    .option("--project <name>", "Docker Compose's project name (default: as Docker Compose finds it)")
    .option("--host <name>", "name that clients use (default: what the file says, or localhost)")
    .option("--htpasswd <file>", "the users' file (default: where the compose file mounts it from)")
    .option("--plain-http-reason <reason>", "why plain HTTP may stay open to the network")
    .option("--dry-run", "print the environment file and the commands; write nothing")
    .option("--force", "replace an environment file of that name")
    .action(async (file: string, options: ImportComposeOptions) =>
      (await import("../actions/import.js")).importComposeFile(context, file, options),
    );
}
