import type { Closure } from "../closure/closure";
import type { Digest } from "../closure/inventory";
import type { Usage } from "../closure/usage";
import type { Interruption } from "../interruption";
import type { Progress } from "../progress";
import type { UnneededManifest } from "./plan";
import type { CollectedRegistry } from "./registry";

export interface GcOptions {
  /** Whether manifests without a tag go, too, unless a kept one needs them or they belong to one. */
  readonly deleteUntagged: boolean;
  /** Manifests that stay without a tag. */
  readonly keep: readonly Digest[];
  /** Of all bytes, the most that may go. */
  readonly maxShare: number;
  /** What was written since so long stays. */
  readonly graceMs: number;
}

export const GC_DEFAULTS: GcOptions = { deleteUntagged: false, keep: [], maxShare: 0.5, graceMs: 3_600_000 };

/** What a collection would find, from outside and without a pause. */
export interface Preview {
  readonly usage: Usage;
  readonly manifests: readonly UnneededManifest[];
  /** Damage that was there before. */
  readonly closure: Closure;
}

export interface GcResult {
  readonly before: Usage;
  readonly after: Usage;
  readonly removedManifests: number;
  readonly removedBlobs: number;
  readonly freedBytes: number;
  /** Unneeded, and too young to go. */
  readonly youngBlobs: number;
  /** For how long clients could not push. */
  readonly readOnlySeconds: number;
  /** Entries of a cache outside of the registry. @default - there is none */
  readonly purged?: number;
}

export interface GcRun {
  readonly registry: CollectedRegistry;
  readonly options: GcOptions;
  readonly progress: Progress;
  readonly interruption: Interruption;
}
