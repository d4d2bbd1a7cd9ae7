import { expect, test } from "vitest";
import type { RcloneResult } from "../../../operations/backup/copier";
import { isFull, poolFailure } from "../../../operations/backup/pool-failure";

const ended = (...messages: string[]): RcloneResult => ({
  ...{ code: 1, output: "" },
  errors: messages.map((message) => ({ message })),
});

test.each([
  ["write failed: no space left on device", "make room there"],
  ["api error QuotaExceeded: bucket is full", "make room there"],
  ["AccessDenied: not yours", "read and write there"],
  ["api error NoSuchBucket: nothing there", "make the bucket"],
  ["dial tcp: connection refused", "must be reachable"],
])("%s: %s", (message, remedy) => {
  const failure = poolFailure("write to s3:backups", ended(message, "Attempt 1/1 failed with 1 errors"));
  expect(failure.message).toBe(`Could not write to s3:backups: ${message}`);
  expect(failure.remedy).toContain(remedy);
  expect(isFull(ended(message))).toBe(remedy === "make room there");
});

test("without a word of rclone, the exit code", () => {
  expect(poolFailure("list t", ended()).message).toBe("Could not list t: rclone ended with exit code 1");
  expect(poolFailure("list t", ended(), "nothing came").message).toBe("Could not list t: nothing came");
});
