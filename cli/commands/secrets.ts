import type { Command } from "commander";
import type { Context } from "../context";

export interface InitOptions {
  readonly user: string;
}

export interface SetOptions {
  readonly stdin?: boolean;
}

export interface ImportOptions {
  readonly replace?: boolean;
}

export function addSecretsCommand(program: Command, context: Context): void {
  const secrets = program.command("secrets").description("the values that no file in git may hold");
  const actions = () => import("../actions/secrets.js");

  secrets
    .command("init <environment> [variables...]")
    .description(
      "make every secret that is missing, in a git-ignored file that only you can read; for a registry that exists only those that are named",
    )
    .option("--user <name>", "name of the first user", "admin")
    .action(async (name: string, variables: string[], options: InitOptions) =>
      (await actions()).secretsInit(context, name, variables, options),
    );

  secrets
    .command("show <environment>")
    .description("print the first user's password if nobody has seen it yet, once")
    .action(async (name: string) => (await actions()).secretsShow(context, name));

  secrets
    .command("set <environment> <variable>")
    .description("keep a secret that another system decides, such as a key of an S3 service; asks for the value")
    .option("--stdin", "read the value from standard input")
    .action(async (name: string, variable: string, options: SetOptions) =>
      (await actions()).secretsSet(context, name, variable, options),
    );

  secrets
    .command("export <environment>")
    .description("print all of them as one line of base64, for another machine or a masked CI variable")
    .action(async (name: string) => (await actions()).secretsExport(context, name));

  secrets
    .command("import <environment>")
    .description("take over what `export` or `env` printed, or a secrets file, from standard input")
    .option("--replace", "take the place of values that are here and differ")
    .action(async (name: string, options: ImportOptions) => (await actions()).secretsImport(context, name, options));

  secrets
    .command("rotate <environment> [variable]")
    .description("replace one secret, or all that are generated; plan and apply deploy them")
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
