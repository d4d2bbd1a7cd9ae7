import type { Command } from "commander";
import { exportLines, initSecrets, rotateSecrets } from "../../operations/secrets";
import { readSecrets, secretsPath } from "../../operations/secrets-file";
import { describe } from "../../stacks";
import { readEnvironment } from "../environments";
import type { Context } from "../program";

export function addSecretsCommand(program: Command, { io }: Context): void {
  const secrets = program.command("secrets").description("the values that no file in git may hold");

  secrets
    .command("init <environment>")
    .description("make every secret that is missing, in a git-ignored file that only you can read")
    .option("--user <name>", "name of the first user", "admin")
    .action((name: string, options: { user: string }) => {
      const [stack] = describe([readEnvironment(name)]).stacks;
      const path = secretsPath(name);
      const { created, kept, missing, user } = initSecrets(path, stack?.variableNames ?? [], options.user);
      io.err(`${path}: ${created.length} made, ${kept.length} kept`);
      for (const variable of missing) io.err(`  still needed: ${variable}, which only you know; add it to the file`);
      if (user) {
        io.err(`  first user, whose password is shown this once:`);
        io.out(`${user.name} ${user.password}`);
      }
    });

  secrets
    .command("rotate <environment> [variable]")
    .description("replace one secret, or all that are generated; the next apply brings them out")
    .action((name: string, variable?: string) => {
      readEnvironment(name);
      for (const rotated of rotateSecrets(secretsPath(name), variable))
        io.err(`${rotated}: ${RESTARTS[rotated] ?? "replaced"}`);
    });

  secrets
    .command("env <environment>")
    .description('print `export TF_VAR_…` lines for other tools: eval "$(private-registry secrets env local)"')
    .action((name: string) => {
      readEnvironment(name);
      io.out(exportLines(readSecrets(secretsPath(name))));
    });

  secrets
    .command("path <environment>")
    .description("print where the secrets are: terraform apply -var-file=…")
    .action((name: string) => io.out(secretsPath(readEnvironment(name).name)));
}

/** What the next apply restarts when a secret was rotated. */
const RESTARTS: Readonly<Record<string, string>> = {
  rustfs_root_access_key: "the next apply restarts RustFS and runs the bucket job",
  rustfs_root_secret_key: "the next apply restarts RustFS and runs the bucket job",
  registry_s3_access_key: "the next apply restarts the registry and runs the bucket job; the old user stays in RustFS",
  registry_s3_secret_key: "the next apply restarts the registry and runs the bucket job",
  registry_http_secret: "the next apply restarts the registry; uploads that are under way start again",
};
