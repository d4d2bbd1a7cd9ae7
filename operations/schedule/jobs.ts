import { join } from "node:path";
import type { Environment } from "../../config";
import { quote } from "../command";
import { calendarOf, cronOf, parseSchedule, type Schedule } from "./schedule";

/** A command that is meant to run by itself. */
export interface Job {
  readonly noun: "gc" | "backup" | "measure";
  readonly what: string;
  /** @default - every five minutes */
  readonly schedule?: Schedule;
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
export function jobsOf({ name, registry, backup, monitoring }: Environment, { program, metrics }: JobPlace): Job[] {
  const file = (noun: string) => (metrics ? ["--metrics", join(metrics, `private-registry-${name}-${noun}.prom`)] : []);
  const job = (noun: Job["noun"], what: string, schedule: string | undefined, ...args: string[]): Job[] => {
    if (schedule === undefined) return [];
    const written = file(noun);
    return [{ noun, what, schedule: parseSchedule(schedule), line: [...program, noun, name, ...args, ...written] }];
  };
  return [
    ...job("gc", "Garbage collection", registry.garbageCollection.schedule, "--yes"),
    ...job("backup", "Backup", backup?.schedule),
    // Its own Prometheus takes them as they are; another one reads a file.
    ...(monitoring.prometheus || (metrics && registry.metrics.enabled)
      ? [
          {
            noun: "measure" as const,
            what: "Measuring",
            line: [...program, "monitoring", "measure", name, ...(monitoring.prometheus ? [] : file("measure"))],
          },
        ]
      : []),
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
      `OnCalendar=${schedule ? calendarOf(schedule) : "*:0/5"}`,
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
    return `${schedule ? cronOf(schedule) : "*/5 * * * *"} ${command.replaceAll("%", "\\%")}`;
  });
}
