import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { command as remedy } from "../../operations/command";
import { listUsers, removeUser, setPassword } from "../../operations/secrets/users";
import type { Context } from "../context";

interface PasswordSource {
  readonly passwordStdin?: boolean;
  readonly prompt?: boolean;
}

export function define(users: Command, context: Context): void {
  const { io } = context;
  for (const [verb, description] of [
    ["add", "add a user; prints a generated password once"],
    ["passwd", "change a user's password; prints a generated one once"],
  ] as const) {
    users
      .command(`${verb} <environment> <name>`)
      .description(description)
      .option("--password-stdin", "read the password from standard input")
      .option("--prompt", "ask for the password")
      .action((environment: string, name: string, source: PasswordSource) =>
        password(context, verb, environment, name, source),
      );
  }
  users
    .command("remove <environment> <name>")
    .description("remove a user")
    .action((environment: string, name: string) => {
      const left = removeUser(environment, name);
      io.err(`${name}: removed, ${left} left. ${next(environment)}`);
    });
  users
    .command("list <environment>")
    .description("print the users' names")
    .action((environment: string) => {
      for (const name of listUsers(environment)) io.out(name);
    });
}

/** Adds a user or changes the password of one. */
async function password(
  { io, process }: Context,
  verb: "add" | "passwd",
  environment: string,
  name: string,
  source: PasswordSource,
): Promise<void> {
  const isGiven = source.passwordStdin || source.prompt;
  const set = await setPassword(verb, environment, name, () => readPassword(process, source));
  if (set !== set.trim()) {
    io.err("Warning: the password begins or ends with a blank, which `docker login` cuts off when it is typed there.");
  }
  io.err(`${name}: ${verb === "add" ? "added" : "password changed"}. ${next(environment)}`);
  if (!isGiven) io.out(set);
}

const next = (environment: string) =>
  `To deploy this: ${remedy("plan", environment)}, then ${remedy("apply", environment)}`;

/** The password that a person gives; never an argument, which other users of the machine can read. */
async function readPassword(process: NodeJS.Process, source: PasswordSource): Promise<string | undefined> {
  if (source.passwordStdin) return (await text(process.stdin)).replace(/\r?\n$/, "");
  if (!source.prompt) return undefined;
  const prompts = await import("@inquirer/prompts");
  return prompts.password({ message: "Password" });
}
