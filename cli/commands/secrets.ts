import type { Command } from "commander";
import type { Context } from "../context";

export function addSecretsCommand(program: Command, context: Context): void {
  const secrets = program.command("secrets").description("the values that no file in git may hold");
  const actions = () => import("../actions/secrets.js");

  secrets
    .command("init <environment>")
    .description("make every secret that is missing, in a git-ignored file that only you can read")
    .option("--user <name>", "name of the first user", "admin")
    .action(async (name: string, options: { user: string }) => (await actions()).secretsInit(context, name, options));

  secrets
    .command("rotate <environment> [variable]")
    .description("replace one secret, or all that are generated; the next apply brings them out")
    .action(async (name: string, variable?: string) => (await actions()).secretsRotate(context, name, variable));

  secrets
    .command("env <environment>")
    .description('print `export TF_VAR_…` lines for other tools: eval "$(private-registry secrets env local)"')
    .action(async (name: string) => (await actions()).secretsEnv(context, name));

  secrets
    .command("path <environment>")
    .description("print where the secrets are: terraform apply -var-file=…")
    .action(async (name: string) => (await actions()).secretsPathOf(context, name));
}
