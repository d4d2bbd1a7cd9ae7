import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseEnvironment } from "../../../config";
import { cronLines, type JobPlace, jobsOf, systemdUnits } from "../../../operations/schedule/jobs";
import { lateJobs } from "../../../operations/schedule/late";
import { withMetrics, writeMetrics } from "../../../operations/schedule/metrics";
import { calendarOf, cronOf, isLate, longestGapSeconds, parseSchedule } from "../../../operations/schedule/schedule";
import { describeUnless, onPath } from "../../support/tools";
import { inFolder } from "../in-folder";

const HOUR = 3600;

test.each([
  ["03:30", "*-*-* 03:30:00", "30 3 * * *", 24],
  ["Sun 04:00", "Sun *-*-* 04:00:00", "0 4 * * 0", 7 * 24],
  ["Mon,Thu 02:05", "Mon,Thu *-*-* 02:05:00", "5 2 * * 1,4", 4 * 24],
  ["Fri,Sat,Sun,Fri 23:59", "Sun,Fri,Sat *-*-* 23:59:00", "59 23 * * 0,5,6", 5 * 24],
])("%s is %s to systemd, %s to cron, and at most %i hours apart", (text, calendar, cron, hours) => {
  const schedule = parseSchedule(text);
  expect([calendarOf(schedule), cronOf(schedule), longestGapSeconds(schedule)]).toEqual([calendar, cron, hours * HOUR]);
  expect([isLate(text, hours * HOUR + 2 * HOUR), isLate(text, hours * HOUR + 4 * HOUR)]).toEqual([false, true]);
});

describeUnless(onPath("systemd-analyze") ? undefined : "no systemd-analyze on PATH", "systemd", () => {
  test.each(["03:30", "Sun 04:00", "Mon,Thu 02:05", "Fri,Sat,Sun 23:59"])("understands %s", (text) => {
    const said = execFileSync("systemd-analyze", ["calendar", calendarOf(parseSchedule(text))], { encoding: "utf8" });
    expect(said).toMatch(new RegExp(`Next elapse: .* ${text.slice(-5)}:00`));
  });
});

const FILE = `
registry:
  host: localhost
  garbageCollection: { schedule: "Sun 04:00" }
backup: { target: /srv/backup, schedule: "03:30", keep: 7 }
`;
const place: JobPlace = { program: ["/usr/bin/node", "/opt/it is/x.js"], folder: "/srv/re 100%", user: "ops" };

function environmentOf(text: string) {
  const { environment, diagnostics } = parseEnvironment(text, "environments/lab.yaml");
  if (!environment) throw new Error(JSON.stringify(diagnostics));
  return environment;
}

describe("what runs by itself", () => {
  test("is what the file schedules, asks nobody, and writes metrics where it is told", () => {
    const jobs = jobsOf(environmentOf(FILE), { ...place, metrics: "/var/lib/metrics" });
    expect(jobs.map(({ noun, line }) => [noun, line.slice(2).join(" ")])).toEqual([
      ["gc", "gc lab --yes --metrics /var/lib/metrics/private-registry-lab-gc.prom"],
      ["backup", "backup lab --metrics /var/lib/metrics/private-registry-lab-backup.prom"],
    ]);
    expect(jobsOf(environmentOf("registry: { host: localhost }"), place)).toEqual([]);
  });

  test("measures every five minutes for a Prometheus of its own, and for one that reads files", () => {
    const own = jobsOf(environmentOf("registry: { host: localhost }\nmonitoring: { prometheus: {} }"), place);
    expect(own.map(({ line }) => line.slice(2).join(" "))).toEqual(["monitoring measure lab"]);
    expect(systemdUnits("lab", own, place)[1]?.text).toContain("OnCalendar=*:0/5\n");
    expect(cronLines(own, place)[0]).toMatch(/^\*\/5 \* \* \* \* cd .* monitoring measure lab$/);
    const scraped = environmentOf("registry: { host: localhost, metrics: { enabled: true, network: watching } }");
    expect(jobsOf(scraped, place)).toEqual([]);
    expect(jobsOf(scraped, { ...place, metrics: "/m" }).map(({ line }) => line.slice(2).join(" "))).toEqual([
      "monitoring measure lab --metrics /m/private-registry-lab-measure.prom",
    ]);
  });

  test("as systemd units", () => {
    const [service, timer, ...rest] = systemdUnits("lab", jobsOf(environmentOf(FILE), place), place);
    expect([service?.file, timer?.file]).toEqual(
      ["service", "timer"].map((kind) => `/etc/systemd/system/private-registry-lab-gc.${kind}`),
    );
    expect(rest).toHaveLength(2);
    expect(service?.text).toContain('ExecStart=/usr/bin/node "/opt/it is/x.js" gc lab --yes\n');
    expect(service?.text).toContain("User=ops\nWorkingDirectory=/srv/re 100%%\n");
    expect(timer?.text).toContain("OnCalendar=Sun *-*-* 04:00:00\nPersistent=true\n");
  });

  test("as lines of a crontab", () => {
    expect(cronLines(jobsOf(environmentOf(FILE), place), place)).toEqual([
      `0 4 * * 0 cd '/srv/re 100\\%' && /usr/bin/node '/opt/it is/x.js' gc lab --yes`,
      `30 3 * * * cd '/srv/re 100\\%' && /usr/bin/node '/opt/it is/x.js' backup lab`,
    ]);
  });
});

describe("late", () => {
  const environment = environmentOf(FILE);
  const now = Date.parse("2026-01-20T12:00:00Z");
  const run = (at: string, isDone = true) => ({ at, isDone, host: "h" });

  test.each([
    ["both in time", "2026-01-20T03:30:00Z", run("2026-01-18T04:00:00Z"), []],
    ["no backup at all", undefined, run("2026-01-18T04:00:00Z"), ["backup"]],
    ["a backup of the day before", "2026-01-19T03:30:00Z", run("2026-01-18T04:00:00Z"), ["backup"]],
    ["a collection of two weeks ago", "2026-01-20T03:30:00Z", run("2026-01-11T04:00:00Z"), ["gc"]],
    ["a collection that failed", "2026-01-20T03:30:00Z", run("2026-01-18T04:00:00Z", false), ["gc"]],
    ["a new container, where none ran", "2026-01-20T03:30:00Z", undefined, []],
  ])("%s", (_, backup, collection, late) => {
    expect(lateJobs(environment, backup, collection, now)).toEqual(late);
  });

  test("nothing is where nothing is scheduled", () => {
    expect(
      lateJobs(environmentOf("registry: { host: localhost }"), undefined, run("2020-01-01T00:00:00Z"), now),
    ).toEqual([]);
  });
});

describe("metrics", () => {
  inFolder();
  const value = (name: string) => new RegExp(`^private_registry_${name}\\{environment="lab"\\} (.*)$`, "m");
  const of = (name: string) => value(name).exec(readFileSync("x.prom", "utf8"))?.[1];

  test("are written however the run ends; what only a good one knows stays", async () => {
    const run = {
      ...{ path: "x.prom", environment: "lab", noun: "gc", isGood: (bytes: number) => bytes < 100 },
      describe: (bytes: number | undefined) => [{ name: "gc_freed_bytes", help: "Freed.", value: bytes }],
    };
    await withMetrics(run, async () => 42);
    expect([of("gc_last_run_success"), of("gc_freed_bytes")]).toEqual(["1", "42"]);
    expect(Number(of("gc_last_run_timestamp_seconds"))).toBeGreaterThan(1.7e9);
    await expect(
      withMetrics(run, async () => {
        throw new Error("broken");
      }),
    ).rejects.toThrow("broken");
    expect([of("gc_last_run_success"), of("gc_freed_bytes")]).toEqual(["0", "42"]);
    await withMetrics(run, async () => 100);
    expect([of("gc_last_run_success"), of("gc_freed_bytes")]).toEqual(["0", "100"]);
  });

  test("are for everybody to read, in a file that is whole", () => {
    writeFileSync("x.prom", "old");
    chmodSync("x.prom", 0o600);
    writeMetrics("x.prom", "lab", [{ name: "a", help: "A.", value: 1 }]);
    expect(readFileSync("x.prom", "utf8")).toBe(
      '# HELP private_registry_a A.\n# TYPE private_registry_a gauge\nprivate_registry_a{environment="lab"} 1\n',
    );
    expect(statSync("x.prom").mode & 0o444).toBe(0o444);
  });

  test("where nothing can be written is said", () => {
    mkdirSync("x.prom");
    expect(() => writeMetrics("absent/x.prom", "lab", [])).toThrow(/The metrics cannot be written/);
    expect(existsSync("absent")).toBe(false);
  });
});
