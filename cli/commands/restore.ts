import type { Command } from "commander";
import { backupPlace } from "../../operations/backup/place";
import { restore } from "../../operations/backup/restore";
import type { RestorePlan } from "../../operations/backup/restore-plan";
import { megabytes } from "../../operations/megabytes";
import { confirm } from "../ask";
import { prepareBackup } from "../backup-operation";
import type { Context } from "../context";
import { EXIT } from "../io";
import { BACKUP_SOURCE, RCLONE_IMAGE, YES } from "./options";

interface RestoreFlags {
  readonly from?: string;
  readonly snapshot?: string;
  readonly repository?: string;
  readonly partial?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly image?: string;
}

export function define(command: Command, context: Context): void {
  command
    .option(...BACKUP_SOURCE)
    .option("--snapshot <name>", "snapshot to restore (default: the newest complete one)")
    .option("--repository <name>", "only this repository")
    .option("--partial", "go on without blobs that the backup has lost")
    .option("--dry-run", "only say what would be copied, and which tags would change")
    .option(...YES)
    .option(...RCLONE_IMAGE)
    .action((name: string, flags: RestoreFlags) => run(context, name, flags));
}

async function run(context: Context, name: string, flags: RestoreFlags): Promise<void> {
  const { io, exit } = context;
  await prepareBackup(context, name, flags, async (operation) => {
    const approve = async (plan: RestorePlan, snapshot: string) => {
      show(context, plan, snapshot);
      if (flags.dryRun) return false;
      if (plan.moved.length > 0 && !flags.yes)
        await confirm(context, `Move ${plan.moved.length} tags of ${name} back to the images of the backup?`, "--yes");
      else if (!flags.yes) await confirm(context, `Restore into ${name}?`, "--yes");
      return true;
    };
    const done = await restore(operation, {
      ...flags,
      from: backupPlace(operation.environment, flags.from),
      approve,
    });
    if (!done) return;
    const { plan, lost } = done;
    io.err(`${name}: ${plan.repositories.length} repositories of ${done.snapshot} are back`);
    if (lost.size === 0) return;
    io.err(io.errStyle.red(`${lost.size} blobs are not in the backup any more:`));
    for (const [digest, why] of [...lost].slice(0, 20)) io.err(`  ${digest}: ${why}`);
    exit(EXIT.changes);
  });
}

function show({ io }: Context, plan: RestorePlan, snapshot: string): void {
  for (const { repository, tag, digest, now } of plan.moved) io.out(`${repository}:${tag}  ${now} → ${digest}`);
  io.err(
    `${snapshot}: ${plan.repositories.length} repositories; ${plan.absent.length} blobs of ${megabytes(plan.bytes)} to copy; ${plan.added.length} tags new, ${plan.moved.length} tags set back`,
  );
}
