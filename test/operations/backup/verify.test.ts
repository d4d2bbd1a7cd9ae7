import { expect, test } from "vitest";
import { WRONG } from "../../../operations/backup/copy-blobs";
import type { BackupOperation } from "../../../operations/backup/open";
import { repairable, verifyBackup } from "../../../operations/backup/verify";

test("only what was read and is wrong is taken out of the backups: a bad connection must not empty them", () => {
  const damaged = [
    { digest: "sha256:1", reason: WRONG, neededBy: [] },
    { digest: "sha256:2", reason: "the storage answers SlowDown: later", neededBy: [] },
    { digest: "sha256:3", reason: "not there", neededBy: [] },
  ];
  expect(repairable(damaged)).toEqual(["sha256:1"]);
});

test("in a cluster it is said before anything is read that nothing is restored", async () => {
  const runtime = { host: "Kubernetes, context c, namespace lab", serverVersion: "v1" };
  const operation = { runtime, environment: { name: "lab" } } as unknown as BackupOperation;
  await expect(verifyBackup(operation, { from: "s3:https://s3.example.com/b/a" })).rejects.toMatchObject({
    message: "Kubernetes, context c, namespace lab: a second registry to restore into is made on Docker hosts only",
    remedy: expect.stringContaining("backup verify lab --from s3:https://s3.example.com/b/a --no-drill"),
  });
});
