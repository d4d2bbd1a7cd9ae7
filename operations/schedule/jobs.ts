import { join } from "node:path";
import type { Environment } from "../../config";
import { quote } from "../command";
import { calendarOf, cronOf, parseSchedule, type Schedule } from "./schedule";

/** A command that is meant to run by itself. */
export interface Job {
  readonly noun: "gc" | "backup";
  readonly what: string;
  readonly schedule: Schedule;
  /** With the program's own path. */
  readonly line: readonly string[];
}

/** Where and by whom jobs run. */
export interface JobPlace {
  /** Program and script, by absolute paths: neither systemd nor cron has a login's PATH. */
  readonly program: readonly string[];
  /** Folder of the project. */
  readonly folder: string;
  readonly user: string;
  /** For a directory of node_exporter's textfile collector. @default - no metrics are written */
  readonly metrics?: string;
}

/** What an environment file schedules. */
export function jobsOf({ name, registry, backup }: Environment, { program, metrics }: JobPlace): Job[] {
  const job = (noun: Job["noun"], what: string, schedule: string | undefined, ...args: string[]): Job[] => {
    if (schedule === undefined) return [];
    const written = metrics ? ["--metrics", join(metrics, `private-registry-${name}-${noun}.prom`)] : [];
    return [{ noun, what, schedule: parseSchedule(schedule), line: [...program, noun, name, ...args, ...written] }];
  };
  return [
    ...job("gc", "Garbage collection", registry.garbageCollection.schedule, "--yes"),
    ...job("backup", "Backup", backup?.schedule),
  ];
}

/** A file for systemd. */
export interface Unit {
  readonly file: string;
  readonly text: string;
}

/** A service and a timer for each job. A run that was missed, because the machine was off, is made up for. */
export function systemdUnits(environment: string, jobs: readonly Job[], { folder, user }: JobPlace): Unit[] {
  return jobs.flatMap(({ noun, what, schedule, line }) => {
    const unit = `private-registry-${environment}-${noun}`;
    const service = [
      "[Unit]",
      `Description=${what} of the registry ${environment}`,
      "Wants=network-online.target",
      "After=network-online.target docker.service",
      "",
      "[Service]",
      "Type=oneshot",
      `User=${user}`,
      `WorkingDirectory=${forSystemd(folder, false)}`,
      `ExecStart=${line.map((word) => forSystemd(word)).join(" ")}`,
    ];
    const timer = [
      "[Unit]",
      `Description=${what} of the registry ${environment}`,
      "",
      "[Timer]",
      `OnCalendar=${calendarOf(schedule)}`,
      "Persistent=true",
      "",
      "[Install]",
      "WantedBy=timers.target",
    ];
    return [
      { file: `/etc/systemd/system/${unit}.service`, text: `${service.join("\n")}\n` },
      { file: `/etc/systemd/system/${unit}.timer`, text: `${timer.join("\n")}\n` },
    ];
  });
}

/** `%` and `$` mean something to systemd, blanks end a word. */
function forSystemd(word: string, isArgument = true): string {
  const safe = word.replaceAll("%", "%%");
  if (!isArgument) return safe;
  const escaped = safe.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("$", "$$$$");
  return /^[\w@%+=:,./-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}

/** A line of a crontab for each job; `%` means a new line to cron. */
export function cronLines(jobs: readonly Job[], { folder }: JobPlace): string[] {
  return jobs.map(({ schedule, line }) => {
    const command = `cd ${quote(folder)} && ${line.map(quote).join(" ")}`;
    return `${cronOf(schedule)} ${command.replaceAll("%", "\\%")}`;
  });
}
