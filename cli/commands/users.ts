import type { Command } from "commander";
import type { Context } from "../context";

export interface PasswordSource {
  readonly passwordStdin?: boolean;
  readonly prompt?: boolean;
}

export function addUsersCommand(program: Command, context: Context): void {
  const users = program.command("users").description("who may log in; plan and apply deploy it, without a restart");
  const actions = () => import("../actions/users.js");

  for (const [verb, description] of [
    ["add", "add a user; prints a generated password once"],
    ["passwd", "change a user's password; prints a generated one once"],
  ] as const) {
    users
      .command(`${verb} <environment> <name>`)
      .description(description)
      .option("--password-stdin", "read the password from standard input")
      .option("--prompt", "ask for the password")
      .action(async (environment: string, name: string, options: PasswordSource) =>
        (await actions()).setPassword(context, verb, environment, name, options),
      );
  }

  users
    .command("remove <environment> <name>")
    .description("remove a user")
    .action(async (environment: string, name: string) => (await actions()).removeUser(context, environment, name));

  users
    .command("list <environment>")
    .description("print the users' names")
    .action(async (environment: string) => (await actions()).listUsers(context, environment));
}
