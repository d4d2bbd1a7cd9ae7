import type { BackupRecord } from "../../operations/backup/record";
import type { GcOptions, GcResult, Preview } from "../../operations/gc/run";
import { duration, size } from "./status";
import type { Style } from "./style";

const SHOWN = 20;

/** What a collection would free, by repository. */
export function previewText(name: string, preview: Preview, { deleteUntagged }: GcOptions, style: Style): string {
  const { usage, manifests, closure } = preview;
  const rows = usage.repositories.slice(0, SHOWN).map((one) => {
    const cells = [one.bytes, one.ownBytes, one.unusedBytes].map((bytes) => size(bytes).padStart(10));
    return `${cells.join(" ")} ${String(one.tags).padStart(6)}  ${one.name}`;
  });
  const more = usage.repositories.length - rows.length;
  const untagged = manifests.length > 0 ? `, ${manifests.length} of them manifests without a tag` : "";
  return [
    ...(rows.length > 0 ? [style.dim("     bytes        own   unneeded   tags  repository"), ...rows] : []),
    ...(more > 0 ? [`… and ${more} more`] : []),
    `${name} holds ${size(usage.bytes)}; ${size(usage.unusedBytes)} are not needed${untagged}.`,
    ...(deleteUntagged ? [] : [style.dim("Manifests without a tag count as needed; --delete-untagged removes them.")]),
    ...closure.missing
      .slice(0, SHOWN)
      .map(({ repository, digest, what, tags }) =>
        style.yellow(`damaged already: ${repository} ${tags.slice(0, 5).join(", ")}: ${what} ${digest}`),
      ),
  ].join("\n");
}

export function resultText(name: string, result: GcResult): string {
  const { before, after, freedBytes, removedBlobs, removedManifests, youngBlobs, readOnlySeconds } = result;
  return [
    `${name}: ${size(before.bytes)} → ${size(after.bytes)}, ${size(freedBytes)} freed: ${removedBlobs} blobs, ${removedManifests} manifests without a tag.`,
    ...(youngBlobs > 0 ? [`${youngBlobs} more were written recently and stay until the next run.`] : []),
    `Pushes were refused for ${readOnlySeconds.toFixed(1)} s; pulls worked, except during two restarts.`,
  ].join("\n");
}

/** Whether there is a backup, and how old it is. */
export function backupText(newest: BackupRecord | undefined): string {
  if (!newest) return "No backup was made from this machine.";
  return `The newest backup is ${duration(Math.round((Date.now() - Date.parse(newest.taken)) / 1000))} old.`;
}
