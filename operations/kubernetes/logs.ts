import { setTimeout as sleep } from "node:timers/promises";
import type { LogOptions } from "../runtime/runtime";
import type { Cluster } from "./connection";
import { isAbsent } from "./failure";
import type { V1Pod } from "./library";
import { mainContainer, mainStatus, podName } from "./pod";
import { type LogLine, podLog } from "./pod-log";
import { findWorkload, type Workload } from "./workload";

/** How often new pods are looked for. */
const LOOK_MS = 2_000;

type Hear = (line: string) => void;

/**
 * The output of a workload's pods, a line at a time. Those that exist are merged by time; followed, each line comes when it is
 * written, of pods that come later, too. Ends when there is nothing more to come.
 */
export async function readWorkloadLogs(
  cluster: Cluster,
  name: string,
  options: LogOptions,
  onLine: Hear,
  lookMs = LOOK_MS,
): Promise<void> {
  if (options.follow) await new Followed(cluster, name, options, onLine).untilTheEnd(lookMs);
  else await readPast(cluster, name, options, onLine);
}

async function readPast(cluster: Cluster, name: string, options: LogOptions, onLine: Hear): Promise<void> {
  const { pods = [] } = (await findWorkload(cluster, name)) ?? {};
  const one = pods.length === 1 ? pods[0] : undefined;
  if (one) {
    for await (const line of linesOf(cluster, one, options)) onLine(shown(line, options));
    return;
  }
  const all = await Promise.all(
    pods.map(async (pod) => {
      const lines: { readonly pod: V1Pod; readonly line: LogLine }[] = [];
      for await (const line of linesOf(cluster, pod, options)) lines.push({ pod, line });
      return lines;
    }),
  );
  const merged = all.flat().toSorted((a, b) => (a.line.at < b.line.at ? -1 : a.line.at > b.line.at ? 1 : 0));
  for (const { pod, line } of merged) onLine(shown(line, options, podName(pod)));
}

/** A pod's lines within the times that were asked for; none of one whose container has not begun. */
async function* linesOf(cluster: Cluster, pod: V1Pod, options: LogOptions, more: object = {}): AsyncGenerator<LogLine> {
  const { tail, since, until } = options;
  if (!hasBegun(pod)) return;
  const container = mainContainer(pod)?.name ?? "";
  const from = since === undefined ? undefined : new Date(since * 1000);
  for await (const line of podLog(cluster, podName(pod), { container, tail, since: from, ...more })) {
    if (since !== undefined && Date.parse(line.at) < since * 1000) continue;
    if (until !== undefined && Date.parse(line.at) > until * 1000) return;
    yield line;
  }
}

function hasBegun(pod: V1Pod): boolean {
  const { state, restartCount = 0 } = mainStatus(pod) ?? {};
  return state?.running !== undefined || state?.terminated !== undefined || restartCount > 0;
}

/** @param pod whose line it is, when several write */
function shown({ at, text }: LogLine, { timestamps, names }: LogOptions, pod?: string): string {
  return [names && pod, timestamps && at, text].filter((part) => part !== undefined && part !== false).join(" ");
}

/** Pods whose output is followed. A container that was started again is followed anew, and so is one whose stream was cut. */
class Followed {
  private readonly cluster: Cluster;
  private readonly name: string;
  private readonly options: LogOptions;
  private readonly onLine: Hear;
  /** When each pod wrote its last line. */
  private readonly seen = new Map<string, string>();
  private readonly open = new Set<string>();
  /** Containers whose output has been read to its end. */
  private readonly read = new Set<string>();
  private readonly told = new Set<string>();
  private isFirst = true;

  constructor(cluster: Cluster, name: string, options: LogOptions, onLine: Hear) {
    this.cluster = cluster;
    this.name = name;
    this.options = options;
    this.onLine = onLine;
  }

  public async untilTheEnd(lookMs: number): Promise<void> {
    for (;;) {
      const workload = await findWorkload(this.cluster, this.name);
      if (!workload) return;
      for (const pod of workload.pods) this.follow(pod);
      this.isFirst = false;
      if (this.open.size === 0 && hasNoMore(workload, this.read)) return;
      await sleep(lookMs);
    }
  }

  private follow(pod: V1Pod): void {
    const name = podName(pod);
    if (this.open.has(name) || this.read.has(instanceOf(pod)) || !hasBegun(pod)) return;
    this.open.add(name);
    if (!this.seen.has(name)) this.seen.set(name, "");
    this.readOne(pod, this.isFirst ? this.options.tail : undefined)
      .catch((error) => {
        // The pod is gone, or its container begins anew this very moment: the next look tells.
        if (!isAbsent(error) && !/waiting to start|terminated|not found/.test(String(error?.message))) throw error;
      })
      .catch((error) => this.tell(`${name}: the log cannot be read: ${error.message}`))
      .finally(() => this.open.delete(name));
  }

  /** What stays as it is, is told once. */
  private tell(problem: string): void {
    if (this.told.has(problem)) return;
    this.told.add(problem);
    this.onLine(problem);
  }

  private async readOne(pod: V1Pod, tail: number | undefined): Promise<void> {
    const name = podName(pod);
    const last = this.seen.get(name) ?? "";
    const since = last ? Math.floor(Date.parse(last) / 1000) : this.options.since;
    for await (const line of linesOf(this.cluster, pod, { ...this.options, tail, since }, { follow: true })) {
      // Asked for by the second, some come again.
      if (line.at !== "" && line.at <= (this.seen.get(name) ?? "")) continue;
      this.seen.set(name, line.at || last);
      this.onLine(shown(line, this.options, this.seen.size > 1 ? name : undefined));
    }
    if (mainStatus(pod)?.state?.terminated) this.read.add(instanceOf(pod));
  }
}

/** A pod's container, as often as it was started. */
function instanceOf(pod: V1Pod): string {
  return `${pod.metadata?.uid}/${mainStatus(pod)?.restartCount ?? 0}`;
}

/** A job that has ended writes nothing more, nor does a pod that was asked for by its name. */
function hasNoMore({ kind, pods }: Workload, read: ReadonlySet<string>): boolean {
  return (kind === "Job" || kind === "Pod") && pods.length > 0 && pods.every((pod) => read.has(instanceOf(pod)));
}
