import { expect, test } from "vitest";
import { WRONG } from "../../../operations/backup/copy-blobs";
import { repairable } from "../../../operations/backup/verify";

test("only what was read and is wrong is taken out of the backups: a bad connection must not empty them", () => {
  const damaged = [
    { digest: "sha256:1", reason: WRONG, neededBy: [] },
    { digest: "sha256:2", reason: "the storage answers SlowDown: later", neededBy: [] },
    { digest: "sha256:3", reason: "not there", neededBy: [] },
  ];
  expect(repairable(damaged)).toEqual(["sha256:1"]);
});
