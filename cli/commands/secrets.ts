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
  requireRotatable,
  rotateEnvironment,
  setEnvironmentSecret,
} from "../../operations/secrets/complete";
import { readSecrets, secretsPath } from "../../operations/secrets/file";
import { revealFirstPassword } from "../../operations/secrets/first-password";
import { rotateRunning } from "../../operations/secrets/rotate";
import { exportLines } from "../../operations/secrets/secrets";
import { askSecret, confirm } from "../ask";
import type { Context } from "../context";
import { operate } from "../operate";
import { checkText } from "../render/check";
import { showFirstPassword } from "../render/first-password";
import { reviewText } from "../render/review";

export function define(secrets: Command, context: Context): void {
  const { io, process } = context;

  secrets
    .command("init <environment> [variables...]")
    .description(
      "make all missing secrets, in a git-ignored file that only you can read; for a registry that already exists, only the secrets that you name",
    )
    .option("--user <name>", "name of the first user", "admin")
    .action((name: string, variables: string[], { user }: { user: string }) => init(context, name, variables, user));

  secrets
    .command("show <environment>")
    .description("print the first user's password if nobody has seen it yet, once")
    .action((name: string) => show(context, name));

  secrets
    .command("set <environment> <variable>")
    .description("store a secret that comes from another system, such as the key of an S3 service; asks for the value")
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
    .description("print all secrets as one line of base64, for another machine or a masked CI variable")
    .action((name: string) => io.out(makeBundle(readEnvironment(name).name)));

  secrets
    .command("import <environment>")
    .description("take over what `export` or `env` printed, or a secrets file, from standard input")
    .option("--replace", "replace values that are here and differ")
    .action(async (name: string, { replace = false }: { replace?: boolean }) => {
      readEnvironment(name);
      const done = importEnvironment(name, await text(process.stdin), replace, process.env);
      const { taken, kept, unknown, missing } = done;
      io.err(`${secretsPath(name)}: ${taken.length} taken, ${kept.length} were there already`);
      if (unknown.length > 0) io.err(`  left out, since ${name} has no such secret: ${unknown.join(", ")}`);
      if (missing.length > 0) io.err(`  not in it, and still needed: ${missing.join(", ")}`);
    });

  secrets
    .command("rotate <environment> [variables...]")
    .description(
      "replace secrets, or all that are generated here; plan and apply deploy them, or --deploy does so at once",
    )
    .option(
      "--deploy",
      "apply and prove them, remove the old S3 user, and go back when that fails; continues a rotation that was cut off",
    )
    .option("--yes", "with --deploy: do not ask")
    .option("--ca <file>", "with --deploy: PEM file of a private CA to trust when verifying")
    .action((name: string, variables: string[], options: RotateOptions) => rotate(context, name, variables, options));

  secrets
    .command("env <environment>")
    .description('print `export TF_VAR_…` lines for other tools: eval "$(private-registry secrets env local)"')
    .action((name: string) => io.out(exportLines(readSecrets(secretsPath(readEnvironment(name).name)))));

  secrets
    .command("path <environment>")
    .description("print where the secrets are: terraform apply -var-file=…")
    .action((name: string) => io.out(secretsPath(readEnvironment(name).name)));
}

interface RotateOptions {
  readonly deploy?: boolean;
  readonly yes?: boolean;
  readonly ca?: string;
}

async function rotate(context: Context, name: string, variables: string[], options: RotateOptions): Promise<void> {
  const { io } = context;
  if (!options.deploy) {
    for (const rotated of rotateEnvironment(name, variables)) io.err(`${rotated}: ${RESTARTS[rotated] ?? "replaced"}`);
    return;
  }
  requireRotatable(name, variables);
  const { variables: done, removedUser } = await operate(context, "rotate", name, {}, (operation) =>
    rotateRunning(operation, variables, options.ca, {
      agree: async (rotated, report, goesOn) => {
        if (goesOn) io.err(io.errStyle.yellow(`This goes on with the rotation of ${goesOn}, which was cut off.`));
        for (const one of rotated) io.err(`${one}: ${NOTICED[one] ?? ""}`);
        io.err(`${reviewText(report, io.errStyle)}\n`);
        if (!options.yes) await confirm(context, `Rotate these secrets of ${name}?`, "--yes");
      },
      checkText: (check) => checkText(check, io.errStyle),
    }),
  );
  io.out(`rotated: ${done.join(", ")}`);
  if (removedUser) io.err(`The old S3 user ${removedUser} was removed from RustFS.`);
  io.err(`Other machines and CI need the new ones: ${remedy("secrets export", name)}`);
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
    `No first password of ${name} is left to show: it is shown once, and kept as a hash only`,
    `${remedy("users list", name)} names the users; ${remedy("users passwd", name, "NAME")} makes a new password`,
  );
}

/** What the next apply restarts when a secret was rotated. */
const RESTARTS: Readonly<Record<string, string>> = {
  rustfs_root_access_key: "the next apply restarts RustFS and runs the bucket job",
  rustfs_root_secret_key: "the next apply restarts RustFS and runs the bucket job",
  registry_s3_access_key:
    "the next apply restarts the registry and runs the bucket job; the old user stays in RustFS (--deploy removes it)",
  registry_s3_secret_key: "the next apply restarts the registry and runs the bucket job",
  registry_http_secret: "the next apply restarts the registry; uploads that are under way start again",
};

/** What clients notice when a secret is deployed at once. */
const NOTICED: Readonly<Record<string, string>> = {
  rustfs_root_access_key: "RustFS restarts, so pushes and pulls get 503 for some seconds; its users stay",
  rustfs_root_secret_key: "RustFS restarts, so pushes and pulls get 503 for some seconds; its users stay",
  registry_s3_access_key: "the registry restarts; the old key works until the new one is proven",
  registry_s3_secret_key: "the registry restarts; the old key works until the new one is proven",
  registry_http_secret: "the registry restarts, and uploads that are under way are refused: clients begin them again",
};
