import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { command as remedy } from "../../operations/command";
import { readEnvironment } from "../../operations/environments";
import { Failure } from "../../operations/failure";
import { loginPath, OWN_USER } from "../../operations/registry/login";
import { makeBundle } from "../../operations/secrets/bundle";
import {
  importEnvironment,
  initEnvironment,
  rotateEnvironment,
  setEnvironmentSecret,
} from "../../operations/secrets/complete";
import { readSecrets, secretsPath } from "../../operations/secrets/file";
import { revealFirstPassword } from "../../operations/secrets/first-password";
import { exportLines } from "../../operations/secrets/secrets";
import { askSecret } from "../ask";
import type { Context } from "../context";
import { showFirstPassword } from "../render/first-password";

export function define(secrets: Command, context: Context): void {
  const { io, process } = context;

  secrets
    .command("init <environment> [variables...]")
    .description(
      "make every secret that is missing, in a git-ignored file that only you can read; for a registry that exists only those that are named",
    )
    .option("--user <name>", "name of the first user", "admin")
    .action((name: string, variables: string[], { user }: { user: string }) => init(context, name, variables, user));

  secrets
    .command("show <environment>")
    .description("print the first user's password if nobody has seen it yet, once")
    .action((name: string) => show(context, name));

  secrets
    .command("set <environment> <variable>")
    .description("keep a secret that another system decides, such as a key of an S3 service; asks for the value")
    .option("--stdin", "read the value from standard input")
    .action(async (name: string, variable: string, { stdin }: { stdin?: boolean }) => {
      await setEnvironmentSecret(name, variable, () => {
        if (stdin) return text(process.stdin);
        if (io.interactive) return askSecret(variable);
        throw new Failure("No terminal to ask on: nothing was changed", "pass --stdin, and the value there");
      });
      io.err(`${variable}: ${RESTARTS[variable] ?? "kept. Run plan and apply to deploy it"}`);
    });

  secrets
    .command("export <environment>")
    .description("print all of them as one line of base64, for another machine or a masked CI variable")
    .action((name: string) => io.out(makeBundle(readEnvironment(name).name)));

  secrets
    .command("import <environment>")
    .description("take over what `export` or `env` printed, or a secrets file, from standard input")
    .option("--replace", "take the place of values that are here and differ")
    .action(async (name: string, { replace = false }: { replace?: boolean }) => {
      readEnvironment(name);
      const done = importEnvironment(name, await text(process.stdin), replace, process.env);
      const { taken, kept, unknown, missing } = done;
      io.err(`${secretsPath(name)}: ${taken.length} taken, ${kept.length} were there already`);
      if (unknown.length > 0) io.err(`  left out, since ${name} has no such secret: ${unknown.join(", ")}`);
      if (missing.length > 0) io.err(`  not in it, and still needed: ${missing.join(", ")}`);
    });

  secrets
    .command("rotate <environment> [variable]")
    .description("replace one secret, or all that are generated; plan and apply deploy them")
    .action((name: string, variable?: string) => {
      for (const rotated of rotateEnvironment(name, variable)) {
        io.err(`${rotated}: ${RESTARTS[rotated] ?? "replaced"}`);
      }
    });

  secrets
    .command("env <environment>")
    .description('print `export TF_VAR_…` lines for other tools: eval "$(private-registry secrets env local)"')
    .action((name: string) => io.out(exportLines(readSecrets(secretsPath(readEnvironment(name).name)))));

  secrets
    .command("path <environment>")
    .description("print where the secrets are: terraform apply -var-file=…")
    .action((name: string) => io.out(secretsPath(readEnvironment(name).name)));
}

async function init(context: Context, name: string, variables: readonly string[], user: string): Promise<void> {
  const { io, process } = context;
  const { created, kept, missing, ownUser } = await initEnvironment(name, variables, user, process.env, {
    showFirstPassword: (environment) => showFirstPassword(context, environment),
    askSecret: io.interactive ? askSecret : undefined,
    tell: io.err,
  });
  io.err(`${secretsPath(name)}: ${created.length} made, ${kept.length} kept`);
  if (ownUser) {
    io.err(`${loginPath(name)}: user ${OWN_USER}, which verify and status log in as. Run plan and apply to deploy it`);
  }
  for (const variable of missing) {
    io.err(`  still needed: ${variable}, which only you know: ${remedy("secrets set", name, variable)}`);
  }
}

function show({ io }: Context, name: string): void {
  const path = secretsPath(readEnvironment(name).name);
  if (revealFirstPassword(path, ({ user, password }) => io.out(`${user} ${password}`))) return;
  throw new Failure(
    `There is no password of ${name} that was not shown yet; passwords are kept as hashes`,
    `${remedy("users list", name)} names the users; ${remedy("users passwd", name, "NAME")} makes a new password`,
  );
}

/** What the next apply restarts when a secret was rotated. */
const RESTARTS: Readonly<Record<string, string>> = {
  rustfs_root_access_key: "the next apply restarts RustFS and runs the bucket job",
  rustfs_root_secret_key: "the next apply restarts RustFS and runs the bucket job",
  registry_s3_access_key: "the next apply restarts the registry and runs the bucket job; the old user stays in RustFS",
  registry_s3_secret_key: "the next apply restarts the registry and runs the bucket job",
  registry_http_secret: "the next apply restarts the registry; uploads that are under way start again",
};
