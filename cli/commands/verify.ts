import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { Failure } from "../../operations/failure";
import type { Login } from "../../operations/registry/login";
import { checksSummary } from "../../operations/verify/check";
import { verifyEnvironment } from "../../operations/verify/environment";
import type { Context } from "../context";
import { EXIT } from "../io";
import { checkText } from "../render/check";
import { waitingLine } from "../render/progress";

interface Options {
  readonly user?: string;
  readonly passwordStdin?: boolean;
  readonly ca?: string;
  readonly json?: boolean;
}

export function define(command: Command, { io, exit, process }: Context): void {
  command
    .option("--user <name>", "log in as this user, not as the one that secrets init made")
    .option("--password-stdin", "read that user's password from standard input")
    .option("--ca <file>", "PEM file of a private CA to trust")
    .option("--json", "print the checks as JSON")
    .action(async (name: string, options: Options) => {
      const checks = await verifyEnvironment(name, {
        variables: process.env,
        login: await givenLogin(process, options),
        ca: options.ca,
        onProgress: waitingLine(io),
        onCheck: options.json ? undefined : (check) => io.err(checkText(check, io.errStyle)),
      });
      io.transient("");
      if (options.json) io.out(JSON.stringify({ environment: name, checks }, undefined, 2));
      else io.err(`${name}: ${checksSummary(checks)}`);
      if (checks.some(({ status }) => status === "failed")) exit(EXIT.changes);
    });
}

async function givenLogin(process: NodeJS.Process, { user, passwordStdin }: Options): Promise<Login | undefined> {
  if (user === undefined && !passwordStdin) return undefined;
  if (user === undefined || !passwordStdin) {
    throw new Failure("A login is a name and a password", "give both --user NAME and --password-stdin");
  }
  return { user, password: (await text(process.stdin)).replace(/\r?\n$/, "") };
}
