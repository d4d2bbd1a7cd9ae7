import { comparable, type Version } from "./versions";

/** What a version brought that people notice, or that cannot be undone. */
export interface KnownBreak {
  readonly product: string;
  /** The version that it came with. */
  readonly version: string;
  /** Who goes past it upwards, downwards, or both should know. */
  readonly when: "up" | "down" | "both";
  readonly text: string;
  /** Where it is said. */
  readonly source: string;
}

/** A break belongs here when its source was read. */
export const KNOWN_BREAKS: readonly KnownBreak[] = [
  {
    product: "Distribution",
    version: "3.0.0",
    when: "both",
    text: "2.x and 3.x name keys of Redis differently, and 3.x has no storage drivers oss and swift: registry.configuration that was written for 2.x may be refused. The images in the storage are the same",
    source: "github.com/distribution/distribution releases/v3.0.0-beta.1.toml",
  },
  {
    product: "Distribution",
    version: "3.1.0",
    when: "both",
    text: "the key for the CA of a Redis over TLS is rootcas from 3.1 on, clientcas before: the configuration that is written here is for 3.1",
    source: "github.com/distribution/distribution configuration/configuration.go at v3.0.0 and v3.1.0",
  },
  {
    product: "Distribution",
    version: "3.1.1",
    when: "down",
    text: "older ones delete tags although registry.delete is false (CVE-2026-41888)",
    source: "github.com/distribution/distribution releases, v3.1.1",
  },
  {
    product: "Distribution",
    version: "3.1.2",
    when: "down",
    text: "older ones do not check what a pull-through cache fetches against its digest (CVE-2026-85747)",
    source: "GHSA-685w-q87j-wqw3",
  },
  {
    product: "RustFS",
    version: "1.0.0-alpha.87",
    when: "up",
    text: "several people could not upgrade in place past alpha.86: copy the objects into a new registry instead (import compose, or backup and restore)",
    source: "github.com/rustfs/rustfs issues 2463 and 2788",
  },
  {
    product: "RustFS",
    version: "1.0.1",
    when: "up",
    text: "a bucket made by rc.2 or rc.3 keeps the durability mode `relaxed`; buckets made by 1.0.1 write strictly",
    source: "rustfs-ecstore src/bucket/durability.rs at 1.0.1",
  },
  {
    product: "RustFS",
    version: "1.0.1",
    when: "down",
    text: "1.0.0 can end a long listing of a bucket early: garbage collection must not run on it",
    source: "github.com/rustfs/rustfs issue 7958",
  },
];

/** What is true of every way back of a storage server. */
export const RUSTFS_BACK =
  "RustFS does not promise that an older version opens what a newer one wrote. From rc.3 to 1.0.1 the formats on disk are the same, according to the source code; for later versions this is not known. A backup is the only certain way back";

/** What lies between two versions; what may, when one of them is not known. */
export function breaksBetween({ product, from, to }: Version): KnownBreak[] {
  const [before, after] = [comparable(from.version), comparable(to.version)];
  return KNOWN_BREAKS.filter(({ version, when, ...one }) => {
    if (one.product !== product) return false;
    const isUp = !before || before.compare(version) < 0;
    const isDown = !before || before.compare(version) >= 0;
    const up = isUp && (!after || after.compare(version) >= 0);
    const down = isDown && (!after || after.compare(version) < 0);
    return (up && when !== "down") || (down && when !== "up");
  });
}

/** Whether a version is older than the one that runs, as far as both are known. */
export function isOlder({ from, to }: Version): boolean {
  const [before, after] = [comparable(from.version), comparable(to.version)];
  return before !== undefined && after !== undefined && after.compare(before) < 0;
}
