import { type Command, InvalidArgumentError, Option } from "commander";
import { newestBackup } from "../../operations/backup/record";
import { isDigest } from "../../operations/closure/manifest";
import { readEnvironment } from "../../operations/environments";
import { abortCollection, collect, previewCollection } from "../../operations/gc/collect";
import { withRegistry } from "../../operations/gc/registry";
import { GC_DEFAULTS, type GcResult, type GcRun } from "../../operations/gc/run";
import { inStage } from "../../operations/progress";
import { connect } from "../../operations/runtime/connect";
import { waitUntilHealthy } from "../../operations/runtime/wait-healthy";
import { type Metric, withMetrics } from "../../operations/schedule/metrics";
import { checksSummary } from "../../operations/verify/check";
import { verifyEnvironment } from "../../operations/verify/environment";
import { confirm } from "../ask";
import type { Context } from "../context";
import { createInterruption } from "../interruption";
import { EXIT } from "../io";
import { checkText } from "../render/check";
import { backupText, previewText, resultText } from "../render/gc";
import { createProgress } from "../render/progress";
import { CA, JSON_RESULT, METRICS, wholeNumber, YES } from "./options";

interface Options {
  readonly dryRun?: boolean;
  readonly deleteUntagged?: boolean;
  readonly keep?: string[];
  readonly maxShare?: number;
  readonly metrics?: string;
  readonly ca?: string;
  readonly grace: number;
  readonly resume?: boolean;
  readonly abort?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .option("--dry-run", "only say what would go; the registry is not touched")
    .option(
      "--delete-untagged",
      "also delete manifests without a tag, except those that a tagged manifest needs and those that belong to one",
    )
    .option("--keep <digest>", "with --delete-untagged: keep this manifest; may be given several times", digests)
    .option(
      "--max-share <percent>",
      "delete nothing if more than this share of all bytes would go (default: registry.garbageCollection.maxSharePercent of the environment file)",
      wholeNumber(1, 100),
    )
    .option("--grace <minutes>", "keep what was written within this time: a push may be running", wholeNumber(0), 60)
    .addOption(new Option("--resume", "continue a collection that was cut off").conflicts(["abort", "dryRun"]))
    .addOption(new Option("--abort", "end a collection that was cut off, and accept pushes again").conflicts("dryRun"))
    .option(...CA)
    .option(...YES)
    .option(...METRICS)
    .option(...JSON_RESULT)
    .action((name: string, options: Options) => gc(context, name, options));
}

async function gc(context: Context, name: string, options: Options): Promise<void> {
  const { io, process } = context;
  const environment = readEnvironment(name);
  const { keep = [], grace } = options;
  const configured = environment.registry.garbageCollection;
  const { deleteUntagged = configured.deleteUntagged, maxShare = configured.maxSharePercent } = options;
  await withRegistry(environment, process.env, async (registry) => {
    const run: GcRun = {
      registry,
      options: { ...GC_DEFAULTS, deleteUntagged, keep, maxShare: maxShare / 100, graceMs: grace * 60_000 },
      progress: createProgress(io),
      interruption: createInterruption(process, io),
    };
    if (options.abort) await abortCollection(run);
    else await preview(context, name, run, options);
  });
}

async function preview(context: Context, name: string, run: GcRun, options: Options): Promise<void> {
  const { io } = context;
  if (!options.resume) {
    const found = await previewCollection(run);
    if (options.dryRun && options.json) {
      const { usage, manifests, closure } = found;
      io.out(JSON.stringify({ environment: name, usage, manifests, missing: closure.missing }, undefined, 2));
      return;
    }
    (options.dryRun ? io.out : io.err)(previewText(name, found, run.options, io.style));
    if (options.dryRun) return;
    io.err(backupText(newestBackup(readEnvironment(name))));
    const question = `Make ${name} read-only for a moment and remove what is not needed?`;
    if (!options.yes) await confirm(context, question, "--yes");
  }
  const result = await withMetrics(
    { ...{ path: options.metrics, environment: name, noun: "gc" }, describe: metricsOf, isGood: () => true },
    () => collect(run, options.resume),
  );
  const checks = await verifyAfter(context, name, run, options.ca);
  if (options.json) io.out(JSON.stringify({ environment: name, ...result, checks }, undefined, 2));
  else io.out(resultText(name, result));
}

/** What clients get of a registry that was restarted twice. */
async function verifyAfter(
  { io, exit, process }: Context,
  name: string,
  { progress, interruption }: GcRun,
  ca: string | undefined,
) {
  const environment = readEnvironment(name);
  const runtime = await connect(environment, process.env);
  const checks = await inStage(progress, "verify", async (stage) => {
    // The engine has not looked yet since the restart.
    await waitUntilHealthy(runtime, environment, interruption);
    const value = await verifyEnvironment(name, { variables: process.env, ca, onProgress: (text) => stage.now(text) });
    for (const check of value.filter(({ status }) => status === "failed")) stage.line(checkText(check, io.errStyle));
    return { value, result: checksSummary(value) };
  });
  if (checks.some(({ status }) => status === "failed")) exit(EXIT.changes);
  return checks;
}

function metricsOf(result: GcResult | undefined): Metric[] {
  return [
    { name: "gc_freed_bytes", help: "What the last good collection freed.", value: result?.freedBytes },
    { name: "gc_read_only_seconds", help: "For how long it took no pushes.", value: result?.readOnlySeconds },
  ];
}

function digests(text: string, before: string[] = []): string[] {
  if (!isDigest(text)) throw new InvalidArgumentError("It must be a digest, sha256:….");
  return [...before, text];
}
