import type { CachedRepository } from "../../operations/cache/trim-plan";

/** A repository of a pull-through cache: when it was used last, what it takes, its name. */
export function cachedText({ name, bytes, lastUsed }: CachedRepository): string {
  return `${new Date(lastUsed).toISOString().slice(0, 10)}  ${gb(bytes).padStart(9)}  ${name}`;
}

/** `1.20 GB`, decimal. */
export function gb(bytes: number): string {
  return `${(bytes / 1_000_000_000).toFixed(2)} GB`;
}
