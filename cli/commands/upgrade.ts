import type { Command } from "commander";
import { undoUpgrade } from "../../operations/upgrade/undo";
import { upgrade } from "../../operations/upgrade/upgrade";
import { confirm } from "../ask";
import type { Context } from "../context";
import { operate } from "../operate";
import { checkText } from "../render/check";
import { reviewText } from "../render/review";
import { upgradeText } from "../render/upgrade";
import { CA, JSON_RESULT, VERBOSE, YES } from "./options";

interface Options {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly yes?: boolean;
  readonly back?: boolean;
  readonly backupTo?: string;
  readonly backup?: boolean;
  readonly ca?: string;
}

export function define(command: Command, context: Context): void {
  command
    .option(
      "--backup-to <target>",
      "back the images up there first, as `backup --to` does (default: backup.target of the environment file)",
    )
    .option("--no-backup", "back nothing up")
    .option("--back", "go back to what ran before the last upgrade")
    .option(...CA)
    .option(...YES)
    .option(...JSON_RESULT)
    .option(...VERBOSE)
    .action((name: string, options: Options) =>
      options.back ? back(context, name, options) : forward(context, name, options),
    );
}

async function forward(context: Context, name: string, options: Options): Promise<void> {
  const { io } = context;
  const result = await operate(context, "upgrade", name, options, (operation) =>
    upgrade(operation, options, {
      agree: async ({ report, ...shown }) => {
        for (const line of upgradeText(shown, io.errStyle)) io.err(line);
        io.err(`${reviewText(report, io.errStyle)}\n`);
        if (!options.yes) await confirm(context, `Upgrade ${name}?`, "--yes");
      },
      checkText: (check) => checkText(check, io.errStyle),
    }),
  );
  const { changes, folder } = result;
  if (options.json) io.out(JSON.stringify(result, undefined, 2));
  else if (changes.length === 0) io.out(`${name} runs what its file asks for: nothing to upgrade`);
  else for (const line of changes) io.out(line);
  if (folder) io.err(`Environment files, secrets and state of before are in ${folder}`);
}

async function back(context: Context, name: string, options: Options): Promise<void> {
  const { io } = context;
  const checks = await operate(context, "upgrade-back", name, options, (operation) =>
    undoUpgrade(operation, options.ca, {
      agree: async ({ at, changes }, warning) => {
        io.err(`Undo the upgrade of ${at}: ${changes.join(", ")}`);
        if (changes.some((one) => /^RustFS .*→/.test(one))) io.err(io.errStyle.yellow(warning));
        if (!options.yes) await confirm(context, `Go back to what ${name} ran before?`, "--yes");
      },
      checkText: (check) => checkText(check, io.errStyle),
    }),
  );
  if (options.json) io.out(JSON.stringify({ environment: name, checks }, undefined, 2));
  io.err(`${name} runs what it ran before. environments/${name}.yaml still asks for the new images.`);
}
