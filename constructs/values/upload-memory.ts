// What the registry's memory limit, its uploads at once and their parts have to do with each other. Distribution collects a
// part of each running upload before it sends it to S3, in a buffer that doubles as it grows: up to twice the part.

/** Layers that may arrive at the same time unless somebody says otherwise: eight clients with four each. */
export const UPLOADS_AT_ONCE = 32;

/** Size of an upload's parts in MiB unless somebody says otherwise. S3 takes 10,000 of them: layers of 156 GiB. */
export const CHUNK_SIZE_MB = 16;

/** Distribution's own size of a part in MiB, where no configuration names one. */
export const DISTRIBUTION_CHUNK_SIZE_MB = 10;

const PARTS_PER_UPLOAD = 2;

/** The registry without any upload, with room for pulls. */
const BASE_MB = 64;

/** What Go's heap may take of the limit; the rest is the program, its stacks, and the kernel's buffers. */
const HEAP_SHARE = 0.9;

/** The memory limit in MiB that holds so many uploads at once, a multiple of 64. */
export function memoryForUploads(chunkSizeMb: number, uploadsAtOnce: number): number {
  const heap = BASE_MB + PARTS_PER_UPLOAD * chunkSizeMb * uploadsAtOnce;
  return Math.ceil(heap / HEAP_SHARE / 64) * 64;
}

/** The value of `GOMEMLIMIT` for a limit: without it the collector finds out about the limit from the kernel, too late. */
export function goMemoryLimit(memoryMb: number): string {
  return `${Math.floor(memoryMb * HEAP_SHARE)}MiB`;
}

/** What a limit breaks that does not hold the uploads. */
export function tooLittleMemory(chunkSizeMb: number, uploadsAtOnce: number): string {
  const uploads = uploadsAtOnce === 1 ? "one upload" : `${uploadsAtOnce} uploads at once`;
  return `must be ${memoryForUploads(chunkSizeMb, uploadsAtOnce)} or more for ${uploads} in parts of ${chunkSizeMb} MiB`;
}
