import type { Command } from "commander";
import { checksSummary } from "../../operations/verify/check";
import { verifyEnvironment } from "../../operations/verify/environment";
import type { Context } from "../context";
import { EXIT } from "../io";
import { givenLogin, type LoginOptions } from "../login";
import { checkText } from "../render/check";
import { waitingLine } from "../render/progress";
import { CA, JSON_RESULT, PASSWORD_STDIN, USER } from "./options";

interface Options extends LoginOptions {
  readonly ca?: string;
  readonly json?: boolean;
}

export function define(command: Command, { io, exit, process }: Context): void {
  command
    .option(...USER)
    .option(...PASSWORD_STDIN)
    .option(...CA)
    .option(...JSON_RESULT)
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
