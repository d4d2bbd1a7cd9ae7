import type { ClientSetting } from "../../operations/cache/client-settings";
import type { CachedRepository } from "../../operations/cache/trim-plan";

/** A repository of a pull-through cache: when it was used last, what it takes, its name. */
export function cachedText({ name, bytes, lastUsed }: CachedRepository): string {
  return `${new Date(lastUsed).toISOString().slice(0, 10)}  ${gb(bytes).padStart(9)}  ${name}`;
}

/** `1.20 GB`, decimal. */
export function gb(bytes: number): string {
  return `${(bytes / 1_000_000_000).toFixed(2)} GB`;
}

/** The settings of one kind of client, as a file with comments around it. */
export function settingText({ client, file, content, notes }: ClientSetting): string {
  return [`## ${client}`, ...notes.map((note) => `#  ${note}`), `#  ${file}:`, "", content].join("\n");
}
