import type { Command } from "commander";
import type { Environment } from "../../config";
import { readEnvironment } from "../../operations/environments";
import { connect } from "../../operations/runtime/connect";
import { type Metric, writeMetrics } from "../../operations/schedule/metrics";
import { abandoned, abortUploads, bytesOf, daysLeft, measureSpace, type Space } from "../../operations/space/space";
import { type Disk, findDisk } from "../../operations/storage/disk";
import { withStorage } from "../../operations/storage/storage";
import { confirm } from "../ask";
import type { Context } from "../context";
import { spaceText } from "../render/space";
import { size } from "../render/status";
import { JSON_RESULT, METRICS, wholeNumber, YES } from "./options";

interface Options {
  readonly abortUploads?: boolean;
  readonly older: number;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly metrics?: string;
}

export function define(command: Command, context: Context): void {
  command
    .option("--abort-uploads", "delete unfinished uploads, which failed pushes leave behind")
    .option("--older <minutes>", "with --abort-uploads: only those that began longer ago than this", wholeNumber(0), 60)
    .option(...YES)
    .option(...JSON_RESULT)
    .option(...METRICS)
    .action((name: string, options: Options) => space(context, name, options));
}

async function space(context: Context, name: string, options: Options): Promise<void> {
  const { io, process } = context;
  const environment = readEnvironment(name);
  const runtime = await connect(environment, process.env);
  await withStorage(runtime, environment, async ({ client, access }) => {
    const [found, disk] = await Promise.all([measureSpace(client, access), findDisk(runtime, environment)]);
    if (options.metrics) writeMetrics(options.metrics, name, metricsOf(found, disk));
    const old = abandoned(found.uploads, Date.now() - options.older * 60_000);
    const bytes = bytesOf(old);
    if (!options.abortUploads) {
      if (options.json) io.out(JSON.stringify({ environment: name, ...found, disk }, undefined, 2));
      else io.out(spaceText(name, found, { disk, old, minutes: options.older }, io.style));
      return;
    }
    if (old.length > 0 && !options.yes)
      await confirm(context, `Delete ${old.length} unfinished uploads of ${size(bytes)}?`, "--yes");
    await abortUploads(client, old);
    if (options.json) io.out(JSON.stringify({ environment: name, aborted: old, bytes }, undefined, 2));
    else io.out(`${old.length} unfinished uploads of ${size(bytes)} were deleted.${later(old, environment)}`);
  });
}

function metricsOf({ neededBytes, unneededBytes, uploads, growth }: Space, disk: Disk | undefined): Metric[] {
  const left = disk && growth && daysLeft(disk.freeBytes, growth);
  return [
    { name: "needed_bytes", help: "Images that tags need.", value: neededBytes },
    { name: "unneeded_bytes", help: "What no tag needs.", value: unneededBytes },
    { name: "unfinished_upload_bytes", help: "Uploads that nobody finished.", value: bytesOf(uploads) },
    { name: "disk_bytes", help: "Size of the file system of the data.", value: disk?.bytes },
    { name: "disk_free_bytes", help: "Free space of it.", value: disk?.freeBytes },
    // Prometheus knows a value without an end.
    {
      name: "disk_days_left",
      help: "Days until it is full at the last week's pace.",
      value: disk && (left ?? Number.POSITIVE_INFINITY),
    },
  ];
}

/** RustFS moves what is deleted aside first, and looks there every five minutes. */
function later(old: readonly unknown[], { storage }: Environment): string {
  return old.length > 0 && storage.rustfs ? " RustFS gives the space back within five minutes." : "";
}
