import { command } from "../../operations/command";
import { bytesOf, daysLeft, type Growth, type Space, type WeighedUpload } from "../../operations/space/space";
import { type Disk, isNearlyFull } from "../../operations/storage/disk";
import { size } from "./status";
import type { Style } from "./style";

/** What takes the space, and what frees it. */
export function spaceText(
  name: string,
  { neededBytes, unneededBytes, uploads, otherBytes, growth }: Space,
  { disk, old, minutes }: { disk?: Disk; old: readonly WeighedUpload[]; minutes: number },
  style: Style,
): string {
  const row = (bytes: number, text: string) => `${size(bytes).padStart(10)}  ${text}`;
  const remedy = (bytes: number, line: string) => (bytes > 0 ? [`${" ".repeat(12)}→ ${line}`] : []);
  const oldUploads = old.length > 0 ? `, ${old.length} begun more than ${minutes} minutes ago` : "";
  return [
    row(neededBytes, "images that tags need"),
    row(unneededBytes, "not needed by any tag"),
    ...remedy(unneededBytes, command("gc", name, "--delete-untagged")),
    row(bytesOf(uploads), `unfinished uploads: ${uploads.length}${oldUploads}`),
    ...remedy(bytesOf(old), command("space", name, "--abort-uploads")),
    row(otherBytes, "links and other objects of the bucket"),
    ...(growth ? [row(growth.bytes, growthText(growth, disk))] : []),
    ...(disk ? [diskText(disk, row, style)] : []),
  ].join("\n");
}

function growthText(growth: Growth, disk: Disk | undefined): string {
  const left = disk && daysLeft(disk.freeBytes, growth);
  const pace = left === undefined ? "" : `; at that pace the disk is full in ${Math.floor(left)} days`;
  return `stored in the last ${Math.round(growth.days)} days${pace}`;
}

function diskText(disk: Disk, row: (bytes: number, text: string) => string, style: Style): string {
  const full = Math.round(100 * (1 - disk.freeBytes / disk.bytes));
  const text = row(disk.bytes, `file system, ${full} % full, ${size(disk.freeBytes)} free`);
  return isNearlyFull(disk) ? style.red(text) : text;
}
