import { describe, expect, test } from "vitest";
import { BackupSecrets, backupSecretsPath } from "../../../operations/backup/secrets";
import { parseTarget } from "../../../operations/backup/target";
import { readSecrets } from "../../../operations/secrets/file";
import { inFolder } from "../in-folder";

inFolder();

const KEYS = { PRIVATE_REGISTRY_BACKUP_ACCESS_KEY: "AK", PRIVATE_REGISTRY_BACKUP_SECRET_KEY: "SK" };
const withKeys = () => new BackupSecrets("prod", KEYS);

test("a directory of the Docker host", () => {
  const target = parseTarget("/srv/backup/prod/", new BackupSecrets("prod", {}));
  expect(target).toMatchObject({ kind: "directory", directory: "/srv/backup/prod", remote: { type: "local" } });
});

test("any S3, with the region that Amazon's endpoints name", () => {
  const target = parseTarget("s3:https://s3.eu-central-1.amazonaws.com/backups/prod", withKeys());
  expect(target).toMatchObject({
    kind: "s3",
    path: "backups/prod",
    remote: { endpoint: "https://s3.eu-central-1.amazonaws.com", region: "eu-central-1", access_key_id: "AK" },
  });
  expect(parseTarget("s3:http://minio:9000/backups", withKeys())).toMatchObject({
    path: "backups",
    remote: { region: "us-east-1", endpoint: "http://minio:9000" },
  });
});

test("a directory over ssh, with the host's key checked", () => {
  const secrets = new BackupSecrets("prod", { PRIVATE_REGISTRY_BACKUP_SSH_KEY_FILE: "~/.ssh/id" });
  const { kind, path, remote } = parseTarget("sftp://backup@nas.example.com:2222/srv/prod", secrets);
  expect({ kind, path }).toEqual({ kind: "sftp", path: "/srv/prod" });
  expect(remote).toMatchObject({ user: "backup", host: "nas.example.com", port: "2222" });
  expect(remote.known_hosts_file).toBeTruthy();
});

test.each([
  "backup",
  "./backup",
  "/",
  "/srv/../etc",
  "/srv/a:b",
  "s3:backups/prod",
  "s3://backups/prod",
  "s3:https://KEY:SECRET@s3.example.com/backups",
  "sftp://nas/srv",
  "sftp://backup@nas",
  "ftp://nas/srv",
])("%s is no target, and the forms are shown", (text) => {
  expect(() => parseTarget(text, withKeys())).toThrow(/must be one of the forms/);
});

describe("what a target needs", () => {
  test("a directory over ssh needs a key", () => {
    const secrets = new BackupSecrets("prod", {});
    expect(() => parseTarget("sftp://backup@nas/srv/prod", secrets)).toThrow(/needs ssh_key_file/);
  });

  test("is asked for with the file to write it into, which works when pasted", () => {
    const secrets = new BackupSecrets("prod", {});
    expect(() => parseTarget("s3:https://s3.example.com/backups", secrets)).toThrowError(
      expect.objectContaining({
        message: expect.stringContaining("needs access_key and secret_key"),
        remedy: expect.stringContaining(
          `(umask 077; echo '{"access_key":"…","secret_key":"…"}' >${backupSecretsPath("prod")})`,
        ),
      }),
    );
  });

  test("the password is made once, and kept", () => {
    const first = new BackupSecrets("prod", {}).ensurePassword();
    expect(first).toEqual({ isNew: true, password: expect.stringMatching(/^\w{32}$/) });
    expect(readSecrets(backupSecretsPath("prod"))).toEqual({ password: first.password });
    expect(new BackupSecrets("prod", {}).ensurePassword()).toEqual({ isNew: false, password: first.password });
  });
});
