import { megabytes } from "../megabytes";
import type { Wanted } from "./copy-blobs";
import type { CopyState } from "./rclone-log";

/** `45.2 MB of 102.0 MB, 3 of 7 blobs, 20.1 MB/s`. */
export function progressText(
  what: string,
  { bytes, files, bytesPerSecond }: CopyState,
  before: { readonly blobs: number; readonly bytes: number },
  { absent, sizes }: Wanted,
): string {
  const speed = `${megabytes(bytesPerSecond)}/s`;
  if (what !== "copying") return `${what} what is there, ${speed}`;
  const total = absent.reduce((sum, digest) => sum + (sizes.get(digest) ?? 0), 0);
  return `${megabytes(before.bytes + bytes)} of ${megabytes(total)}, ${before.blobs + files} of ${absent.length} blobs, ${speed}`;
}
