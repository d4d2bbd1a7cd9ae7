import { statSync } from "node:fs";
import { expect, test } from "vitest";
import { readSecrets, secretsPath, writeSecrets } from "../../../operations/secrets/file";
import {
  forgetRotation,
  readRotation,
  renewValues,
  restoreValues,
  rotationPath,
  writeRotation,
} from "../../../operations/secrets/rotation";
import { inFolder } from "../in-folder";

inFolder();

const OLD = { registry_http_secret: "h".repeat(40), registry_s3_access_key: "OLDKEY", registry_htpasswd: "a:b" };

const begun = () => {
  writeSecrets(secretsPath("lab"), OLD);
  return writeRotation("lab", {
    at: "2026-01-02T03:04:05.000Z",
    before: { registry_http_secret: OLD.registry_http_secret, registry_s3_access_key: OLD.registry_s3_access_key },
    ...{ failedBefore: [], images: { tags: {}, missing: [], blobs: 0 } },
  });
};

test("a rotation that goes on makes no value anew", () => {
  const rotation = begun();
  // Killed after one of them: as a file is written whole, a person's hand did that.
  writeSecrets(secretsPath("lab"), { ...OLD, registry_s3_access_key: "NEWKEY" });
  const { after } = renewValues("lab", rotation);
  expect(after.registry_s3_access_key).toBe("NEWKEY");
  expect(after.registry_http_secret).not.toBe(OLD.registry_http_secret);
  expect(renewValues("lab", rotation).after).toEqual(after);
  expect(readSecrets(secretsPath("lab"))).toEqual({ ...OLD, ...after });
});

test("the old values come back, and nothing else changes", () => {
  const rotation = begun();
  renewValues("lab", rotation);
  writeSecrets(secretsPath("lab"), { ...readSecrets(secretsPath("lab")), registry_htpasswd: "a:c" });
  restoreValues("lab", rotation);
  expect(readSecrets(secretsPath("lab"))).toEqual({ ...OLD, registry_htpasswd: "a:c" });
});

test("the record is its owner's only, and is read as it was written", () => {
  const rotation = begun();
  expect(statSync(rotationPath("lab")).mode & 0o077).toBe(0);
  expect(readRotation("lab")).toEqual(rotation);
  forgetRotation("lab");
  expect(readRotation("lab")).toBeUndefined();
});
