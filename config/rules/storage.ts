import { rustfsRules } from "../../constructs/rules/rustfs";
import { s3Rules } from "../../constructs/rules/s3";
import type { Environment } from "../schema";
import { storageSchema } from "../schema/storage";
import { storageSections } from "../storage-section";
import { type Rule, unless } from "./rule";
import { shared } from "./shared";

/** Rules about where the images are kept. */
export const storageRules: readonly Rule[] = [
  {
    id: "storage-is-not-both",
    // Asked of the keys alone: a broken value in one of the two must not hide this.
    reads: [],
    check: ({ storage }) =>
      unless(
        kinds(storage).length < 2,
        "storage",
        `must have only one of ${kinds(storage).join(" and ")}`,
        "both",
        "remove the one that is not used",
      ),
  },
  {
    id: "storage-is-not-neither",
    reads: ["storage"],
    check: ({ storage }) =>
      unless(
        kinds(storage).length > 0,
        "storage",
        `must have one of ${Object.keys(storageSchema.shape).join(" and ")}`,
        "neither",
        "write `rustfs: {}` below it for all defaults, or remove it",
      ),
  },
  ...rustfsRules.map((rule) => shared(rule, "storage.rustfs", ({ storage }) => storage.rustfs)),
  ...s3Rules.map((rule) => shared(rule, "storage.s3", ({ storage }) => storage.s3)),
];

/** The kinds of storage that a file names. */
function kinds(storage: Environment["storage"]): string[] {
  return storageSections({ storage }).map(({ kind }) => kind);
}
