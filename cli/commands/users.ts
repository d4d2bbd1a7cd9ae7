import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { Htpasswd } from "../../constructs";
import { Failure } from "../../operations/failure";
import { randomPassword } from "../../operations/generate";
import { changeUsers } from "../../operations/secrets";
import { readSecrets, secretsPath } from "../../operations/secrets-file";
import { readEnvironment } from "../environments";
import type { Context } from "../program";

export function addUsersCommand(program: Command, { io }: Context): void {
  const users = program.command("users").description("who may log in; the next apply brings it out, without a restart");

  for (const [verb, description] of [
    ["add", "add a user; prints a generated password once"],
    ["passwd", "change a user's password; prints a generated one once"],
  ] as const) {
    users
      .command(`${verb} <environment> <name>`)
      .description(description)
      .option("--password-stdin", "read the password from standard input")
      .option("--prompt", "ask for the password")
      .action(async (environment: string, name: string, options: PasswordSource) => {
        const path = secretsPath(readEnvironment(environment).name);
        const exists = Htpasswd.parse(readSecrets(path).registry_htpasswd ?? "").names.includes(name);
        if (verb === "add" && exists)
          throw new Failure(`${name} exists already`, `users passwd ${environment} ${name}`);
        if (verb === "passwd" && !exists)
          throw new Failure(`there is no user ${name}`, `users add ${environment} ${name}`);
        const given = await readPassword(options);
        const password = given ?? randomPassword();
        changeUsers(path, (before) => before.with(name, password));
        io.err(`${name}: ${verb === "add" ? "added" : "password changed"}; now apply ${environment}`);
        if (given === undefined) io.out(password);
      });
  }

  users
    .command("remove <environment> <name>")
    .description("remove a user")
    .action((environment: string, name: string) => {
      const after = changeUsers(secretsPath(readEnvironment(environment).name), (before) => before.without(name));
      io.err(`${name}: removed, ${after.names.length} left; now apply ${environment}`);
    });

  users
    .command("list <environment>")
    .description("print the users' names")
    .action((environment: string) => {
      const { registry_htpasswd = "" } = readSecrets(secretsPath(readEnvironment(environment).name));
      for (const name of Htpasswd.parse(registry_htpasswd).names) io.out(name);
    });
}

interface PasswordSource {
  readonly passwordStdin?: boolean;
  readonly prompt?: boolean;
}

/** The password that a person gives; never an argument, which other users of the machine can read. */
async function readPassword({ passwordStdin, prompt }: PasswordSource): Promise<string | undefined> {
  if (passwordStdin) return (await text(process.stdin)).replace(/\r?\n$/, "");
  if (!prompt) return undefined;
  const { password } = await import("@inquirer/prompts");
  return password({ message: "Password" });
}
