import { command } from "../../operations/command";
import type { RepositoryStatus } from "../../operations/registry/repositories";
import { describeDeath, memoryRemedy } from "../../operations/runtime/death";
import type { ContainerStatus } from "../../operations/status/container";
import type { Counted, Essentials } from "../../operations/status/status";
import type { StorageUsed } from "../../operations/status/storage";
import { isNearlyFull } from "../../operations/storage/disk";
import type { Style } from "./style";

const SHOWN_TAGS = 8;
const SHOWN_REPOSITORIES = 20;

/** What somebody needs at night, without colours at most 120 wide. */
export function essentialText(essentials: Essentials, style: Style): string {
  const { environment, url, dockerHost, containers, certificate } = essentials;
  const lines = [
    `${style.bold(environment)}  ${url}  ${style.dim(`on ${dockerHost}`)}`,
    "",
    ...containers.flatMap((one) => containerLines(one, environment, style)),
    "",
    ...storageLines(essentials, style),
    ...(certificate ? [row("certificate", certificateText(certificate, style))] : []),
    ...pageLines(essentials, style),
    ...alertLines(essentials, style),
    ...backupLines(essentials, style),
    ...upgradeLines(essentials, style),
    ...secretLines(essentials, style),
    ...collectionLines(essentials, style),
  ];
  return lines.join("\n");
}

/** What is counted and compared. @param images every image was listed already, line by line */
export function countedText({ repositories, used, drift }: Counted, style: Style, images = false): string {
  const lines = [
    ...repositoryLines(repositories, images),
    row("", usedText(used)),
    drift.length === 0
      ? row("drift", style.green("none: what runs is what the environment file says"))
      : row("drift", style.yellow(drift[0] ?? "")),
    ...drift.slice(1).map((one) => row("", style.yellow(one))),
  ];
  return lines.join("\n");
}

function usedText({ bytes, part, unknown }: StorageUsed): string {
  if (bytes === undefined) return `size unknown: ${unknown}`;
  return part ? `${size(bytes)} on ${part} servers; the others do not answer` : `${size(bytes)} in all`;
}

/** One repository of a list of all. */
export function repositoryText({ name, tags }: RepositoryStatus): string {
  return row("", `${name}: ${tags.join(" ")}`);
}

const row = (label: string, text: string) => `  ${label.padEnd(12)} ${text}`;

function storageLines({ environment, storage }: Essentials, style: Style): string[] {
  const { disk } = storage;
  if (!disk || !isNearlyFull(disk)) return [row("storage", storageText(storage))];
  const what = disk.freeBytes === 0 ? "pushes fail" : "pushes fail when it is";
  return [
    row("storage", style.red(`${storageText(storage)}: ${what}`)),
    row("", `→ ${command("space", environment)} says what takes it, and what frees it`),
  ];
}

function storageText({ disk, location }: Essentials["storage"]): string {
  const share = disk && Math.round(100 * (1 - disk.freeBytes / disk.bytes));
  return `${location}${disk ? `; its disk is ${share} % full, ${size(disk.freeBytes)} free` : ""}`;
}

function pageLines({ page }: Essentials, style: Style): string[] {
  if (!page) return [];
  if (page.problem === undefined) return [row("page", page.url ?? `not asked: ${page.unknown}`)];
  return [
    row("page", style.red(`${page.url}: ${page.problem}`)),
    ...(page.remedy ? [row("", `→ ${page.remedy}`)] : []),
  ];
}

function alertLines({ environment, alerts }: Essentials, style: Style): string[] {
  if (!alerts) return [];
  const { firing, unknown } = alerts;
  if (!firing)
    return [
      row("alerts", style.yellow(`Prometheus cannot be asked: ${unknown}`)),
      row("", `→ ${command("logs", environment, "prometheus")}`),
    ];
  if (firing.length === 0) return [row("alerts", "none")];
  return firing.flatMap(({ name, severity, summary, runbook }, n) => [
    row(n === 0 ? "alerts" : "", (severity === "critical" ? style.red : style.yellow)(`${name}: ${summary}`)),
    ...(runbook ? [row("", `→ ${runbook}`)] : []),
  ]);
}

function upgradeLines({ environment, unprovenUpgrade }: Essentials, style: Style): string[] {
  if (!unprovenUpgrade) return [];
  return [
    row("upgrade", style.red(`of ${unprovenUpgrade} is not proven: it still runs, or was cut off`)),
    row("", `→ to go on: ${command("upgrade", environment)}`),
    row("", `→ to go back: ${command("upgrade", environment, "--back")}`),
  ];
}

function secretLines({ environment, unprovenSecrets }: Essentials, style: Style): string[] {
  if (!unprovenSecrets) return [];
  return [
    row(
      "secrets",
      style.red(`the rotation of ${unprovenSecrets.join(", ")} is not proven: it still runs, or was cut off`),
    ),
    row("", `→ to go on: ${command("secrets rotate", environment, "--deploy")}`),
  ];
}

function collectionLines({ environment, unfinished, lastCollection, late }: Essentials, style: Style): string[] {
  if (unfinished) {
    const isRestore = unfinished.operation === "restore";
    const onward = isRestore
      ? command("restore", environment, "--from", "TARGET")
      : command("gc", environment, "--resume");
    return [
      row(
        isRestore ? "restore" : "collection",
        style.red(`cut off: read-only since ${unfinished.since}, from ${unfinished.host}`),
      ),
      row("", `→ to go on: ${onward}`),
      row("", `→ to take pushes again: ${command("gc", environment, "--abort")}`),
    ];
  }
  if (!lastCollection) return [];
  const { at, isDone, freedBytes = 0, problem } = lastCollection;
  const isLate = late.includes("gc") ? "late: " : "";
  const ago = `${duration(Math.round((Date.now() - Date.parse(at)) / 1000))} ago`;
  return [
    row(
      "collection",
      isDone && !isLate
        ? `${ago}, ${size(freedBytes)} freed`
        : style.yellow(isDone ? `${isLate}${ago}, ${size(freedBytes)} freed` : `${ago}, failed: ${problem}`),
    ),
  ];
}

function backupLines({ environment, backup, late }: Essentials, style: Style): string[] {
  const text = backup
    ? `${duration((Date.now() - Date.parse(backup.taken)) / 1000)} old, in ${backup.target}`
    : "none was made from this machine";
  if (!late.includes("backup")) return [row("backup", text)];
  return [
    row("backup", style.red(`late: ${text}`)),
    row("", `→ ${command("backup", environment)} makes one; ${command("schedule", environment)} prints what runs it`),
  ];
}

function containerLines(
  {
    name,
    state,
    health,
    upSeconds,
    restarts,
    death,
    memoryBytes,
    memoryLimitBytes,
    pods,
    startFailure,
  }: ContainerStatus,
  environment: string,
  style: Style,
): string[] {
  const isWell = state === "running" && (health === undefined || health === "healthy");
  const mark = isWell ? style.green("●") : style.red("●");
  const facts = [
    state === "running" ? (health ?? state) : state,
    pods ? `${pods.ready} of ${pods.wanted} pods ready` : "",
    upSeconds === undefined ? "" : `up ${duration(upSeconds)}`,
    restarts > 0 ? `${restarts} ${restarts === 1 ? "restart" : "restarts"}` : "",
    memoryBytes === undefined
      ? ""
      : `memory ${size(memoryBytes)}${memoryLimitBytes ? ` of ${size(memoryLimitBytes)}` : ""}`,
  ];
  const line = `  ${mark} ${name.padEnd(24)} ${facts.filter(Boolean).join(", ")}`;
  const unready = (pods?.unready ?? []).map(({ pod, why }) => row("", style.yellow(`${pod}: ${why}`)));
  if (startFailure) {
    const { message, remedy } = startFailure;
    const why = unready.length > 0 ? unready : [row("", style.yellow(message))];
    return [line, ...why, row("", `→ ${remedy}`)];
  }
  if (!death) return [line, ...unready];
  const remedy = memoryRemedy(death, name.slice(environment.length + 1), environment);
  const tone = death.cause === "orderly" ? (text: string) => text : style.yellow;
  return [
    line,
    ...unready,
    row("", tone(`${death.at.slice(0, 16).replace("T", " ")} ${describeDeath(death)}`)),
    ...(remedy ? [row("", `→ ${remedy}`)] : []),
  ];
}

function repositoryLines(repositories: Counted["repositories"], isListed: boolean): string[] {
  if ("unknown" in repositories) return [row("images", `unknown: ${repositories.unknown}`)];
  if ("counted" in repositories) {
    const { counted, complete } = repositories;
    return [row("images", `${complete ? "" : "at least "}${counted} repositories (status --images lists them)`)];
  }
  if (repositories.length === 0) return [row("images", "none yet")];
  const tags = repositories.reduce((sum, one) => sum + one.tags.length, 0);
  const total = row("images", `${repositories.length} repositories, ${tags} tags`);
  if (isListed) return [total];
  const shown = repositories.slice(0, SHOWN_REPOSITORIES);
  return [
    total,
    ...shown.map(({ name, tags: own }) => {
      const some = own.slice(0, SHOWN_TAGS);
      const more = own.length > some.length ? ` … and ${own.length - some.length} more` : "";
      return row("", `${name}: ${some.join(" ")}${more}`);
    }),
    ...(repositories.length > shown.length ? [row("", `… and ${repositories.length - shown.length} more`)] : []),
  ];
}

function certificateText({ status, message }: NonNullable<Essentials["certificate"]>, style: Style): string {
  return { passed: (text: string) => text, warning: style.yellow, failed: style.red }[status](message);
}

/** `3 d 4 h`, `12 min`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}

/** `1.2 GB`, decimal as Docker has it. */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}
