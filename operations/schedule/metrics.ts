import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { Failure } from "../failure";

/** A value that Prometheus is to see. */
export interface Metric {
  /** Without the prefix `private_registry_`. */
  readonly name: string;
  readonly help: string;
  /** Besides the environment. @default - none */
  readonly labels?: Readonly<Record<string, string>>;
  /** @default - not known this time: what the file says stays */
  readonly value: number | undefined;
}

/**
 * Writes a file for node_exporter's textfile collector, whole or not at all. Everybody may read it: the collector is another user.
 * @throws Failure when it cannot be written
 */
export function writeMetrics(path: string, environment: string, metrics: readonly Metric[]): void {
  const before = existsSync(path) ? readFileSync(path, "utf8") : "";
  const named = new Set<string>();
  const text = metrics.flatMap(({ name, help, value, labels }) => {
    const full = `private_registry_${name}`;
    const pairs = Object.entries({ environment, ...labels }).map(([label, word]) => `${label}="${word}"`);
    const line = `${full}{${pairs.join(",")}}`;
    const known =
      value ??
      before
        .split("\n")
        .find((one) => one.startsWith(`${line} `))
        ?.slice(line.length + 1);
    if (known === undefined) return [];
    const isNew = !named.has(full);
    named.add(full);
    return [...(isNew ? [`# HELP ${full} ${help}`, `# TYPE ${full} gauge`] : []), `${line} ${known}`];
  });
  const temporary = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    writeFileSync(temporary, `${text.join("\n")}\n`, { mode: 0o644, flag: "wx" });
    renameSync(temporary, path);
  } catch (error) {
    throw new Failure(
      `The metrics cannot be written: ${(error as Error).message}`,
      "name a file in a folder that you may write to: --metrics FILE",
    );
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** What a run says of itself. */
export interface MeasuredRun<T> {
  /** File for the collector. @default - nothing is written */
  readonly path: string | undefined;
  readonly environment: string;
  /** `gc`, `backup`. */
  readonly noun: string;
  /** Metrics of its own. @param result nothing: it failed */
  readonly describe: (result: T | undefined) => readonly Metric[];
  /** Whether what it returned is a good end. */
  readonly isGood: (result: T) => boolean;
}

/** Runs something, and writes its metrics however it ends. */
export async function withMetrics<T>(run: MeasuredRun<T>, work: () => Promise<T>): Promise<T> {
  const { path, environment, noun, describe, isGood } = run;
  if (path === undefined) return work();
  const started = Date.now();
  const seconds = (milliseconds: number) => Math.round(milliseconds / 1000);
  const write = (result: T | undefined) =>
    writeMetrics(path, environment, [
      { name: `${noun}_last_run_timestamp_seconds`, help: "When it last ended.", value: seconds(Date.now()) },
      {
        name: `${noun}_last_run_success`,
        help: "1: it then ended well.",
        value: result !== undefined && isGood(result) ? 1 : 0,
      },
      { name: `${noun}_last_run_duration_seconds`, help: "How long it took.", value: seconds(Date.now() - started) },
      ...describe(result),
    ]);
  let result: T;
  try {
    result = await work();
  } catch (error) {
    write(undefined);
    throw error;
  }
  write(result);
  return result;
}
