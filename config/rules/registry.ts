import { redirectRules, registryRules as rules, type StorageReach } from "../../constructs/rules/registry";
import { hasPathStyle } from "../../constructs/rules/s3";
import type { Environment } from "../schema";
import { storageSections } from "../storage-section";
import { memoryHoldsUploads } from "./registry-memory";
import type { Rule } from "./rule";
import { shared } from "./shared";

/** Rules about the registry's own keys. */
export const registryRules: readonly Rule[] = [
  ...rules.map((rule) => shared(rule, "registry", ({ registry }) => registry)),
  ...redirectRules.map((rule) =>
    shared(
      { ...rule, reads: rule.reads.filter((read) => read !== "storage") },
      "registry",
      ({ registry, storage }) => ({ ...registry, storage: reach(storage) }),
      ["storage"],
    ),
  ),
  memoryHoldsUploads,
];

/** How clients get at the storage of an environment. */
function reach(storage: Environment["storage"]): StorageReach {
  const { s3 } = storage;
  const server = storageSections({ storage }).find(({ kind }) => kind !== "s3");
  return {
    isReachable: !server || server.s3Publish !== undefined,
    hasPublicName: !server,
    hasPathStyle: !s3 || hasPathStyle(s3),
  };
}
