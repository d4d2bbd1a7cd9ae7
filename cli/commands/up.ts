import type { Command } from "commander";
import { orphansText } from "../../operations/deploy/orphans";
import { up } from "../../operations/deploy/up";
import { askSecret, confirm } from "../ask";
import type { Context } from "../context";
import { EXIT } from "../io";
import { operate } from "../operate";
import { checkText } from "../render/check";
import { showFirstPassword } from "../render/first-password";
import { reviewText } from "../render/review";
import { CA, JSON_RESULT, VERBOSE, YES } from "./options";

interface Options {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly yes?: boolean;
  readonly user: string;
  readonly ca?: string;
  readonly adopt?: readonly string[];
}

export function define(command: Command, context: Context): void {
  const { io, exit } = context;
  command
    .option(...YES)
    .option("--user <name>", "name of the first user, when there is none yet", "admin")
    .option(...CA)
    .option("--adopt <volume...>", "take over existing volumes of these names, with what is in them")
    .option(...JSON_RESULT)
    .option(...VERBOSE)
    .action(async (name: string, options: Options) => {
      // A new password is part of no machine's result: it goes where people read.
      const forPassword = { ...context, io: { ...io, out: options.json ? io.err : io.out } };
      const result = await operate(context, "up", name, options, (operation) =>
        up(operation, options, {
          showFirstPassword: (environment) => showFirstPassword(forPassword, environment),
          askSecret: io.interactive ? askSecret : undefined,
          tell: io.err,
          agree: async ({ report, orphans, changes }) => {
            for (const line of orphansText(orphans)) io.err(io.errStyle.yellow(`  ${line}`));
            if (!changes) return;
            io.err(`${reviewText(report, io.errStyle)}\n`);
            if (!options.yes) await confirm(context, `Apply this to ${name}?`, "--yes");
          },
          checkText: (check) => checkText(check, io.errStyle),
        }),
      );
      io.out(options.json ? JSON.stringify(result, undefined, 2) : `\n${result.url}\n${result.loginCommand}`);
      if (result.checks.some(({ status }) => status === "failed")) exit(EXIT.changes);
    });
}
