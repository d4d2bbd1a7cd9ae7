import type { Command } from "commander";
import { command as remedy } from "../../operations/command";
import { applyAgreed } from "../../operations/deploy/agreed-apply";
import { confirm } from "../ask";
import type { Context } from "../context";
import { operate } from "../operate";
import { reviewText } from "../render/review";
import { JSON_RESULT, VERBOSE, YES } from "./options";

interface Options {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly yes?: boolean;
  readonly approved?: string;
}

export function define(command: Command, context: Context): void {
  const { io } = context;
  command
    .option(...YES)
    .option("--approved <fingerprint>", "do not ask, and apply only a plan whose review had this fingerprint")
    .option(...JSON_RESULT)
    .option(...VERBOSE)
    .action(async (name: string, options: Options) => {
      const { approved, json, yes } = options;
      const applied = await operate(context, "apply", name, options, (operation) =>
        applyAgreed(operation, {
          approved,
          show: (report) => io.err(`${reviewText(report, io.errStyle)}\n`),
          agree: async (createdAt) => {
            if (!yes) await confirm(context, `Apply this plan of ${createdAt} to ${name}?`, "--yes");
          },
        }),
      );
      const { done = 0, seconds } = applied ?? {};
      if (json) io.out(JSON.stringify({ environment: name, applied: done, seconds }));
      io.err(applied ? `Done. To prove it: ${remedy("verify", name)}` : `The saved plan of ${name} changes nothing.`);
    });
}
