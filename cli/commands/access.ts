import type { Command } from "commander";
import type { Environment } from "../../config";
import { USERS } from "../../constructs/access/options";
import { REPOSITORY } from "../../constructs/access/pattern";
import { RIGHT } from "../../constructs/values/choices";
import { explain, type Question } from "../../operations/access/explain";
import { command as remedy } from "../../operations/command";
import { readEnvironment } from "../../operations/environments";
import { Failure } from "../../operations/failure";
import { knownUsers } from "../../operations/secrets/users";
import type { Context } from "../context";
import { EXIT } from "../io";

const ACTIONS: readonly string[] = [...RIGHT.words, "catalog"];

const HELP = `
WHO is a user, or anyone for somebody without a login; WHAT a repository; MAY
one of ${ACTIONS.join(", ")}. For catalog, the list of all names,
WHAT is not looked at. It exits with 2 for no.
`;

export function define(command: Command, { io, exit }: Context): void {
  command
    .command("check <environment> <who> <what> <may>")
    .description("explain who may do what")
    .addHelpText("after", HELP)
    .action((name: string, user: string, repository: string, action: string) => {
      if (!ACTIONS.includes(action))
        throw new Failure(`No such action: ${action}`, `write one of ${ACTIONS.join(", ")}`);
      if (action !== "catalog" && !REPOSITORY.pattern?.test(repository))
        throw new Failure(`WHAT ${REPOSITORY.rule}, got ${repository}`, REPOSITORY.fix);
      const environment = readEnvironment(name);
      requireOne(user, environment);
      const question = { user, repository, action: action as Question["action"] };
      const today = new Date().toISOString().slice(0, 10);
      const { allowed, lines } = explain(environment, question, knownUsers(name), today);
      for (const line of lines) io.out(line);
      if (!allowed) exit(EXIT.changes);
    });
}

/** @throws Failure for a word of the rules that stands for several */
function requireOne(user: string, { name, access }: Environment): void {
  const members = access && Object.hasOwn(access.groups, user) ? access.groups[user] : undefined;
  if (members) throw new Failure(`${user} is a group`, `ask about one of its members: ${members.join(", ")}`);
  if (user === USERS)
    throw new Failure(
      `${USERS} is everybody who logs in`,
      `ask about one of those whom ${remedy("users list", name)} shows`,
    );
}
