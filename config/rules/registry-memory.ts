import { MIB } from "../../constructs/values/bytes";
import { CHUNK_SIZE_MB, memoryForUploads, tooLittleMemory } from "../../constructs/values/upload-memory";
import type { Environment, Parsed } from "../schema";
import { storageSections } from "../storage-section";
import { type Rule, unless } from "./rule";

/** The memory limit of an environment's registry in MiB: what the file says, or what its uploads need. */
export function registryMemory(parsed: Parsed): number {
  const { memoryMb, uploadsAtOnce } = parsed.registry;
  return memoryMb ?? memoryForUploads(chunkSizeMb(parsed), uploadsAtOnce);
}

/** The rule that the constructs have too, told with the place in the file. */
export const memoryHoldsUploads: Rule = {
  id: "memory-holds-uploads",
  reads: ["registry.memoryMb", "registry.uploadsAtOnce", "registry.configuration", "storage"],
  check: (environment: Environment) => {
    const { memoryMb, uploadsAtOnce } = environment.registry;
    const chunk = chunkSizeMb(environment);
    return unless(
      memoryMb >= memoryForUploads(chunk, uploadsAtOnce),
      "registry.memoryMb",
      tooLittleMemory(chunk, uploadsAtOnce),
      String(memoryMb),
      "remove it, give more, or lower registry.uploadsAtOnce or storage's chunkSizeMb",
    );
  },
};

/** MiB of a part; `registry.configuration` is merged last, and wins. */
function chunkSizeMb({ registry, storage }: Parsed): number {
  const [section] = storageSections({ storage });
  const own = (registry.configuration as { storage?: { s3?: { chunksize?: unknown } } } | undefined)?.storage?.s3;
  if (typeof own?.chunksize === "number") return own.chunksize / MIB;
  return section?.chunkSizeMb ?? CHUNK_SIZE_MB;
}
