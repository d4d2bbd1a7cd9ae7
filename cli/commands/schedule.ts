import { userInfo } from "node:os";
import { resolve } from "node:path";
import type { Command } from "commander";
import { readEnvironment } from "../../operations/environments";
import { Failure } from "../../operations/failure";
import { cronLines, jobsOf, systemdUnits } from "../../operations/schedule/jobs";
import type { Context } from "../context";

interface Options {
  readonly cron?: boolean;
  readonly metrics?: string;
  readonly user?: string;
}

export function define(command: Command, context: Context): void {
  command
    .option("--cron", "print lines of a crontab instead")
    .option("--metrics <directory>", "have the runs write metrics there, for node_exporter's textfile collector")
    .option("--user <name>", "user that runs the jobs (default: the one that calls this)")
    .action((name: string, options: Options) => schedule(context, name, options));
}

function schedule({ io, process }: Context, name: string, { cron, metrics, user }: Options): void {
  const environment = readEnvironment(name);
  const place = {
    program: [process.execPath, resolve(process.argv[1] ?? "")],
    folder: process.cwd(),
    user: user ?? userInfo().username,
    metrics: metrics && resolve(metrics),
  };
  const jobs = jobsOf(environment, place);
  if (jobs.length === 0)
    throw new Failure(
      `environments/${name}.yaml schedules nothing`,
      'write registry.garbageCollection.schedule or backup.schedule there, e.g. schedule: "Sun 04:00"',
    );
  if (cron) {
    for (const line of cronLines(jobs, place)) io.out(line);
    io.err("Add these lines to the crontab of the user that runs them: crontab -e");
    return;
  }
  for (const { file, text } of systemdUnits(name, jobs, place)) io.out(`# ${file}\n${text}`);
  const timers = jobs.map(({ noun }) => `private-registry-${name}-${noun}.timer`).join(" ");
  io.err("Write each part into the file that it names, as root, then:");
  io.err(`  systemctl daemon-reload && systemctl enable --now ${timers}`);
}
