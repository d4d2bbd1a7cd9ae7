import { text } from "node:stream/consumers";
import { Htpasswd } from "../../constructs/registry/htpasswd";
import { command } from "../../operations/command";
import { Failure } from "../../operations/failure";
import { forgetOwnUser, OWN_USER } from "../../operations/registry/login";
import { readSecrets, secretsPath } from "../../operations/secrets/file";
import { randomPassword } from "../../operations/secrets/generate";
import { changeUsers } from "../../operations/secrets/secrets";
import type { PasswordSource } from "../commands/users";
import type { Context } from "../context";
import { readEnvironment } from "../environments";

/** Adds a user or changes the password of one. */
export async function setPassword(
  context: Context,
  verb: "add" | "passwd",
  environment: string,
  name: string,
  source: PasswordSource,
): Promise<void> {
  const { io } = context;
  const path = secretsPath(readEnvironment(environment).name);
  const exists = Htpasswd.parse(readSecrets(path).registry_htpasswd ?? "").names.includes(name);
  if (verb === "add" && exists) {
    throw new Failure(`${name} exists already`, command("users passwd", environment, name));
  }
  if (verb === "passwd" && !exists) {
    throw new Failure(`There is no user ${name}`, command("users add", environment, name));
  }
  const given = await readPassword(context, source);
  const password = given ?? randomPassword();
  if (password !== password.trim()) {
    io.err("Warning: the password begins or ends with a blank, which `docker login` cuts off when it is typed there.");
  }
  changeUsers(path, (before) => before.with(name, password));
  if (name === OWN_USER) forgetOwnUser(environment);
  io.err(`${name}: ${verb === "add" ? "added" : "password changed"}. ${next(environment)}`);
  if (given === undefined) io.out(password);
}

export function removeUser({ io }: Context, environment: string, name: string): void {
  const after = changeUsers(secretsPath(readEnvironment(environment).name), (before) => before.without(name));
  if (name === OWN_USER) forgetOwnUser(environment);
  io.err(`${name}: removed, ${after.names.length} left. ${next(environment)}`);
}

export function listUsers({ io }: Context, environment: string): void {
  const { registry_htpasswd = "" } = readSecrets(secretsPath(readEnvironment(environment).name));
  for (const name of Htpasswd.parse(registry_htpasswd).names) io.out(name);
}

const next = (environment: string) =>
  `To bring it out: ${command("plan", environment)}, then ${command("apply", environment)}`;

/** The password that a person gives; never an argument, which other users of the machine can read. */
async function readPassword({ process }: Context, source: PasswordSource): Promise<string | undefined> {
  if (source.passwordStdin) return (await text(process.stdin)).replace(/\r?\n$/, "");
  if (!source.prompt) return undefined;
  const { password } = await import("@inquirer/prompts");
  return password({ message: "Password" });
}
