import type { Command } from "commander";
import type { Environment } from "../../config";
import { type BackupResult, backUp } from "../../operations/backup/backup";
import { backupPlace } from "../../operations/backup/place";
import { projectFiles } from "../../operations/backup/project";
import { listSnapshots, prune } from "../../operations/backup/prune";
import { newestBackup } from "../../operations/backup/record";
import { type VerifyOptions, verifyBackup } from "../../operations/backup/verify";
import { Failure } from "../../operations/failure";
import { megabytes } from "../../operations/megabytes";
import { type Metric, withMetrics } from "../../operations/schedule/metrics";
import { confirm } from "../ask";
import { prepareBackup } from "../backup-operation";
import type { Context } from "../context";
import { EXIT } from "../io";
import { backupText, snapshotCounts, snapshotText, verifiedText } from "../render/backup";
import { BACKUP_SOURCE, JSON_RESULT, METRICS, RCLONE_IMAGE, wholeNumber, YES } from "./options";

interface BackupFlags {
  readonly metrics?: string;
  readonly to?: string;
  readonly encrypt?: boolean;
  readonly withProject?: boolean;
  readonly image?: string;
}

export function define(command: Command, context: Context): void {
  command
    .option(
      "--to <target>",
      "a directory of the Docker host, s3:https://HOST/BUCKET/PATH or sftp://USER@HOST/PATH (default: backup.target of the environment file)",
    )
    .option("--encrypt", "encrypt a new target; its password is stored beside the secrets")
    .option(
      "--with-project",
      "also back up, encrypted, what a rebuild needs: environment files, secrets, state, certificates",
    )
    .option(...METRICS)
    .option(...RCLONE_IMAGE)
    .action((name: string, flags: BackupFlags) => backup(context, name, flags));
  command
    .command("verify <environment>")
    .description("read every blob of the backups against its digest, and restore into a registry made for it")
    .option(...BACKUP_SOURCE)
    .option("--snapshot <name>", "snapshot to restore (default: the newest complete one)")
    .option("--repository <name>", "restore only this repository")
    .option("--no-drill", "restore nothing")
    .option("--repair", "take blobs with wrong content out of the backups, so that the next one copies them again")
    .option(...RCLONE_IMAGE)
    .action((name: string, _: unknown, own: Command) => verify(context, name, own.optsWithGlobals()));
  addOld(command, context);
}

function addOld(command: Command, context: Context): void {
  command
    .command("list <environment>")
    .description("show what there is to restore")
    .option(...BACKUP_SOURCE)
    .option(...RCLONE_IMAGE)
    .option(...JSON_RESULT)
    .action((name: string, _: unknown, own: Command) => list(context, name, own.optsWithGlobals()));
  command
    .command("prune <environment>")
    .description("delete old backups, and the blobs that only they need")
    .option(...BACKUP_SOURCE)
    .option(
      "--keep <number>",
      "how many of the newest complete ones stay (default: backup.keep of the environment file)",
      wholeNumber(1),
    )
    .option("--dry-run", "only say what would go")
    .option(...YES)
    .option(...RCLONE_IMAGE)
    .action((name: string, _: unknown, own: Command) => pruneOld(context, name, own.optsWithGlobals()));
}

interface OldFlags {
  readonly from?: string;
  readonly image?: string;
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

async function list(context: Context, name: string, flags: OldFlags): Promise<void> {
  const { io } = context;
  await prepareBackup(context, name, flags, async (operation) => {
    const found = await listSnapshots(operation, backupPlace(operation.environment, flags.from));
    if (!flags.json) for (const { name: snapshot, snapshot: content } of found) io.out(snapshotText(snapshot, content));
    else
      io.out(
        JSON.stringify(
          found.map(({ name: snapshot, snapshot: { repositories, blobs, missing } }) => ({
            ...{ snapshot, missing: missing.length, repositories: Object.keys(repositories).length },
            ...snapshotCounts({ repositories, blobs }),
          })),
          undefined,
          2,
        ),
      );
  });
}

async function pruneOld(context: Context, name: string, flags: OldFlags & { readonly keep?: number }): Promise<void> {
  const { io } = context;
  await prepareBackup(context, name, flags, async (operation) => {
    const from = backupPlace(operation.environment, flags.from);
    const kept = flags.keep ?? operation.environment.backup?.keep;
    if (kept === undefined)
      throw new Failure("The number of snapshots to keep is missing", "pass --keep N, or write backup.keep");
    await prune(operation, { from, keep: kept }, async ({ keep, remove, blobs, bytes }) => {
      for (const one of remove) io.out(one);
      io.err(`${keep.length} snapshots stay, ${remove.length} go, and ${blobs.length} blobs of ${megabytes(bytes)}`);
      if (flags.dryRun || remove.length + blobs.length === 0) return false;
      if (!flags.yes) await confirm(context, `Remove them from ${from}?`, "--yes");
      return true;
    });
  });
}

interface VerifyFlags extends Omit<VerifyOptions, "from"> {
  readonly from?: string;
  readonly image?: string;
}

async function verify(context: Context, name: string, flags: VerifyFlags): Promise<void> {
  const { io, exit } = context;
  await prepareBackup(context, name, flags, async (operation) => {
    const from = backupPlace(operation.environment, flags.from);
    const found = await verifyBackup(operation, { ...flags, from });
    io.err(verifiedText(name, from, found, flags.repair === true, io.errStyle));
    if (found.damaged.length > 0) exit(EXIT.changes);
  });
}

async function backup(context: Context, name: string, flags: BackupFlags): Promise<void> {
  const { io, exit } = context;
  await prepareBackup(context, name, flags, async (operation) => {
    const to = backupPlace(operation.environment, flags.to);
    const { environment } = operation;
    const done = await withMetrics(
      {
        ...{ path: flags.metrics, environment: name, noun: "backup" },
        describe: (result) => metricsOf(environment, result),
        isGood: (result) => result.missing.length === 0,
      },
      () => backUp(operation, { ...flags, to }),
    );
    const others = projectFiles(environment).map(({ path }) => path);
    io.out(done.snapshot);
    io.err(backupText(name, done, others, io.errStyle));
    if (done.missing.length > 0) exit(EXIT.changes);
    else if (flags.to === undefined && environment.backup?.keep)
      await prune(operation, { from: to, keep: environment.backup.keep }, async ({ remove }) => remove.length > 0);
  });
}

function metricsOf(environment: Environment, result: BackupResult | undefined): Metric[] {
  const newest = newestBackup(environment);
  return [
    {
      name: "backup_snapshot_timestamp_seconds",
      help: "When the newest whole snapshot was taken.",
      value: newest && Math.round(Date.parse(newest.taken) / 1000),
    },
    { name: "backup_new_bytes", help: "What the last good backup copied.", value: result?.newBytes },
    { name: "backup_missing_blobs", help: "What the registry itself had lost then.", value: result?.missing.length },
  ];
}
