import { expect, test } from "vitest";
import type { CollectedRegistry } from "../../../operations/gc/registry";
import { GC_DEFAULTS, type GcOptions } from "../../../operations/gc/run";
import { sweepOut } from "../../../operations/gc/sweep";
import { MemoryS3 } from "../../support/memory-s3";
import { ROOT, StoredRegistry } from "../../support/stored-registry";

async function refusal(options: Partial<GcOptions>): Promise<unknown> {
  const stored = new StoredRegistry();
  stored.image("team/app", ["x".repeat(1000)]);
  const s3 = await MemoryS3.start();
  for (const [key, { content, modified }] of stored.objects) s3.put(key, content, new Date(modified));
  const site = { environment: "lab" } as CollectedRegistry["site"];
  const registry = {
    site,
    client: s3.client(),
    root: ROOT,
    isReadOnlyAnyway: false,
    purgeCache: async () => undefined,
  };
  const never = new AbortController().signal;
  const quiet = { now() {}, line() {}, done() {}, failed() {} };
  const run = {
    ...{ registry, progress: { stage: () => quiet }, interruption: { gentle: never, hard: never } },
    options: { ...GC_DEFAULTS, deleteUntagged: true, ...options },
  };
  return sweepOut(run, () => {}).catch((error) => error.remedy);
}

test.each<[Partial<GcOptions>, string]>([
  [{}, ""],
  [{ keep: ["sha256:aa", "sha256:bb"] }, " --keep sha256:aa --keep sha256:bb"],
  [{ graceMs: 120_000 }, " --grace 2"],
])(
  "a collection that would delete too much offers itself again, with all that was asked for: %j",
  async (options, flags) => {
    const asked = `private-registry gc lab`;
    expect(await refusal(options)).toBe(
      `look at ${asked} --dry-run --delete-untagged${flags}; if that is right: ${asked} --delete-untagged${flags} --max-share 100`,
    );
  },
);
