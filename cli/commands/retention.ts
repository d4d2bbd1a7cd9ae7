import type { Command } from "commander";
import { command as commandLine } from "../../operations/command";
import { readEnvironment } from "../../operations/environments";
import { findRetention } from "../../operations/retention/environment";
import type { RetentionPlan } from "../../operations/retention/plan";
import type { Removed } from "../../operations/retention/run";
import { confirm } from "../ask";
import type { Context } from "../context";
import { planText } from "../render/retention";
import { CA, JSON_RESULT, YES } from "./options";

interface Options {
  readonly dryRun?: boolean;
  readonly ca?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .option("--dry-run", "only say which tags would go, and by which rule")
    .option(...CA)
    .option(...YES)
    .option(...JSON_RESULT)
    .action((name: string, options: Options) => retention(context, name, options));
}

async function retention(context: Context, name: string, options: Options): Promise<void> {
  const { io, process } = context;
  const { plan, run } = await findRetention(readEnvironment(name), process.env);
  if (options.json && options.dryRun) io.out(JSON.stringify({ environment: name, ...plan }, undefined, 2));
  else (options.dryRun ? io.out : io.err)(planText(name, plan, io.style));
  if (options.dryRun || plan.going.length === 0) return;
  if (!options.yes) await confirm(context, `Delete these ${plan.going.length} tags of ${name}?`, "--yes");
  const removed = await run(options.ca, (done) => io.transient(`deleted ${done} of ${plan.going.length} tags`));
  io.transient("");
  report(context, name, plan, removed, options);
}

function report(
  { io }: Context,
  name: string,
  { freedBytes }: RetentionPlan,
  { removed, moved }: Removed,
  { json }: Options,
): void {
  if (json) {
    io.out(JSON.stringify({ environment: name, removed, moved, freedBytes }, undefined, 2));
    return;
  }
  for (const { repository, name: tag } of moved) io.err(`${repository}:${tag} was pushed anew and stays.`);
  io.err(`${removed} tags deleted. ${commandLine("gc", name, "--delete-untagged")} frees their space.`);
}
