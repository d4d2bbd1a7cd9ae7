import type { BackupResult } from "../../operations/backup/backup";
import { backupSecretsPath } from "../../operations/backup/secrets";
import type { Snapshot } from "../../operations/backup/snapshot";
import { repairable, type VerifyResult } from "../../operations/backup/verify";
import { command } from "../../operations/command";
import { megabytes } from "../../operations/megabytes";
import type { Style } from "./style";

/** Digests that are listed at most; a damaged disk can have thousands. */
const SHOWN = 20;

/** What was backed up. @param project files that are needed to rebuild, which a backup without them leaves out */
export function backupText(name: string, done: BackupResult, project: readonly string[], style: Style): string {
  const { repositories, tags, blobs, bytes, newBlobs, newBytes, missing } = done;
  return [
    `${repositories} repositories, ${tags} tags, ${blobs} blobs of ${megabytes(bytes)}; new: ${newBlobs} of ${megabytes(newBytes)}`,
    ...(done.project === undefined
      ? [style.dim(`Not in it, and needed to rebuild: ${project.join(", ")} (--with-project)`)]
      : []),
    ...(done.hasNewPassword
      ? [
          style.yellow(
            `Its password is in ${backupSecretsPath(name)}. Keep a copy of it elsewhere: without it nothing can be restored.`,
          ),
        ]
      : []),
    ...(missing.length > 0
      ? [style.red(`The registry itself has lost ${missing.length} blobs; the snapshot holds everything else:`)]
      : []),
    ...blobLines(missing),
  ].join("\n");
}

/** One snapshot, on a line. */
export function snapshotText(name: string, { repositories, blobs, missing }: Snapshot): string {
  const { tags, bytes } = snapshotCounts({ repositories, blobs });
  const lack = missing.length > 0 ? `, incomplete: ${missing.length} missing` : "";
  return `${name}  ${Object.keys(repositories).length} repositories, ${tags} tags, ${megabytes(bytes)}${lack}`;
}

export function snapshotCounts({ repositories, blobs }: Pick<Snapshot, "repositories" | "blobs">) {
  return {
    tags: Object.values(repositories).reduce((sum, { tags }) => sum + tags.length, 0),
    bytes: Object.values(blobs).reduce((sum, size) => sum + size, 0),
  };
}

/** What reading the backups found. @param isRepaired whether damaged blobs were taken out */
export function verifiedText(
  name: string,
  from: string,
  { snapshots, incomplete, blobs, bytes, damaged, drill }: VerifyResult,
  isRepaired: boolean,
  style: Style,
): string {
  const repaired = isRepaired ? `, ${repairable(damaged).length} were taken out` : "";
  const repair = command("backup verify", name, "--from", from, "--repair", "--no-drill");
  return [
    `${from}: ${snapshots} snapshots, ${blobs} blobs of ${megabytes(bytes)}`,
    ...incomplete.map((one) => `  ${one} is incomplete: the registry had lost something when it was made`),
    ...(drill
      ? [
          `${drill.snapshot} was restored, and gave ${drill.tags} tags, ${drill.manifests} manifests and ${drill.blobs} layers`,
        ]
      : []),
    ...(damaged.length > 0 ? [style.red(`${damaged.length} blobs are damaged${repaired}:`)] : []),
    ...blobLines(damaged),
    ...(damaged.length > 0 && !isRepaired ? [`  → ${repair}, then ${command("backup", name, "--to", from)}`] : []),
  ].join("\n");
}

/** Blobs that are wrong or gone, and what needs them. */
function blobLines(blobs: Snapshot["missing"] | VerifyResult["damaged"]): string[] {
  return blobs
    .slice(0, SHOWN)
    .map(({ digest, reason, neededBy }) => `  ${digest}: ${reason}; needed by ${neededBy.slice(0, 5).join(", ")}`);
}
