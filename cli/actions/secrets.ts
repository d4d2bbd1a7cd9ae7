import { ensureOwnUser, loginPath, OWN_USER } from "../../operations/login";
import { exportLines, initSecrets, rotateSecrets } from "../../operations/secrets";
import { readSecrets, secretsPath } from "../../operations/secrets-file";
import type { Context } from "../context";
import { readEnvironment } from "../environments";

export async function secretsInit(context: Context, name: string, options: { user: string }): Promise<void> {
  const { io } = context;
  const { created, kept, missing } = await makeSecrets(context, name, options.user);
  io.err(`${secretsPath(name)}: ${created.length} made, ${kept.length} kept`);
  for (const variable of missing) io.err(`  still needed: ${variable}, which only you know; add it to the file`);
  if (ensureOwnUser(name)) {
    io.err(`${loginPath(name)}: user ${OWN_USER}, which verify and status log in as; the next apply brings it out`);
  }
}

/** Makes what is missing, and shows the first user's password, this once. Values that come from `TF_VAR_…` are not made. */
export async function makeSecrets({ io, process }: Context, name: string, userName: string) {
  // Which variables there are, only the stack knows; nothing else here needs it, and it takes its time to load.
  const { describe } = await import("../../stacks/index.js");
  const [stack] = describe([readEnvironment(name)]).stacks;
  const path = secretsPath(name);
  const wanted = (stack?.variableNames ?? []).filter((variable) => !process.env[`TF_VAR_${variable}`]);
  const result = initSecrets(path, wanted, userName);
  if (result.user) {
    ensureOwnUser(name);
    io.err(`First user of ${name}, whose password is shown this once:`);
    io.out(`${result.user.name} ${result.user.password}`);
  }
  return result;
}

export function secretsRotate({ io }: Context, name: string, variable: string | undefined): void {
  readEnvironment(name);
  for (const rotated of rotateSecrets(secretsPath(name), variable)) {
    io.err(`${rotated}: ${RESTARTS[rotated] ?? "replaced"}`);
  }
}

export function secretsEnv({ io }: Context, name: string): void {
  readEnvironment(name);
  io.out(exportLines(readSecrets(secretsPath(name))));
}

export function secretsPathOf({ io }: Context, name: string): void {
  io.out(secretsPath(readEnvironment(name).name));
}

/** What the next apply restarts when a secret was rotated. */
const RESTARTS: Readonly<Record<string, string>> = {
  rustfs_root_access_key: "the next apply restarts RustFS and runs the bucket job",
  rustfs_root_secret_key: "the next apply restarts RustFS and runs the bucket job",
  registry_s3_access_key: "the next apply restarts the registry and runs the bucket job; the old user stays in RustFS",
  registry_s3_secret_key: "the next apply restarts the registry and runs the bucket job",
  registry_http_secret: "the next apply restarts the registry; uploads that are under way start again",
};
