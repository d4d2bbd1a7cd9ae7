import { describe, expect, test } from "vitest";
import { parseEnvironment } from "../../config";
import { findSecrets, isCredentialKey, looksSecret } from "../../config/secrets";

describe("a text that is a credential by its form", () => {
  test.each([
    "alice:$2y$05$abcdefghijklmnopqrstuv",
    "$2b$10$abcdefghijklmnopqrstuv",
    "alice:$apr1$abcdefgh$abcdefghijk",
    "-----BEGIN PRIVATE KEY-----\nx",
    "-----BEGIN RSA PRIVATE KEY-----",
    "https://alice:hunter2@example.com",
    "https://alice:hunt/er2@example.com",
    "https://:hunter2@example.com",
    "https://ghtoken@example.com",
    "postgres://alice:hunter2@db/state",
    "host=db user=alice password=hunter2",
    "https://state.example.com/?token=hunter2",
    "DefaultEndpointsProtocol=https;AccountKey=hunter2",
    "Basic aHVudGVyMg==",
    "basic dXNlcjpwYXNz",
    "Bearer hunter2hunter2",
    "AKIAIOSFODNN7EXAMPLE",
    "ssh://alice:hunter2@example.com",
    `ghp_${"a".repeat(36)}`,
    `glpat-${"a".repeat(20)}`,
  ])("is recognised: %s", (text) => {
    expect(looksSecret(text)).toBe(true);
  });

  test.each([
    "registry.example.com",
    "https://registry.example.com:8443",
    "https://registry.example.com:8443/a@b",
    "ssh://deploy@registry.example.com:22",
    "registry:3.1.2@sha256:0000000000000000000000000000000000000000000000000000000000000000",
    "-----BEGIN CERTIFICATE-----",
    "Basic registry",
    "Basic Registry",
    "max-age=31536000",
    "tls/key.pem",
    "alice@example.com",
    "projects/a/cryptoKeys/b",
  ])("is not seen in %s", (text) => {
    expect(looksSecret(text)).toBe(false);
  });
});

describe("a key that holds a credential", () => {
  test.each([
    "password",
    "dbPassword",
    "secret",
    "secretKey",
    "secret_key",
    "SECRET_ACCESS_KEY",
    "accessKey",
    "AWS_ACCESS_KEY_ID",
    "token",
    "apiKey",
    "privateKey",
    "htpasswd",
    "connStr",
    "Authorization",
    "X-Api-Key",
    "DB_PASS",
    "credentials",
  ])("is recognised: %s", (key) => {
    expect(isCredentialKey(key)).toBe(true);
  });

  test.each([
    "key",
    "keyFile",
    "kmsKeyId",
    "kmsEncryptionKey",
    "username",
    "passwordFromVariable",
    "AWS_SHARED_CREDENTIALS_FILE",
    "bypass",
    "tokens",
    "headersFromVariables",
  ])("is not seen in %s", (key) => {
    expect(isCredentialKey(key)).toBe(false);
  });
});

describe("a secret in a file", () => {
  const fixOf = (data: unknown) => findSecrets(data).map(({ path, fix }) => [path.join("."), fix] as const);

  test.each([
    [{ registry: { users: { alice: "hunter2" } } }, "registry.users.alice", "TF_VAR_registry_htpasswd"],
    [{ registry: { users: ["alice:hunter2"] } }, "registry.users.0", "TF_VAR_registry_htpasswd"],
    [{ registry: { htpasswd: "alice:hunter2" } }, "registry.htpasswd", "TF_VAR_registry_htpasswd"],
    [{ users: [{ name: "alice", password: "hunter2" }] }, "users.0.password", "TF_VAR_registry_htpasswd"],
    [{ registry: { httpSecret: "hunter2" } }, "registry.httpSecret", "TF_VAR_registry_http_secret"],
    [
      { registry: { configuration: { http: { secret: "hunter2" } } } },
      "registry.configuration.http.secret",
      "TF_VAR_registry_http_secret",
    ],
    [
      { registry: { configuration: { redis: { password: "hunter2" } } } },
      "registry.configuration.redis.password",
      "TF_VAR_registry_redis_password",
    ],
    [
      { registry: { configuration: { storage: { s3: { secretkey: "hunter2" } } } } },
      "registry.configuration.storage.s3.secretkey",
      "TF_VAR_registry_s3_secret_key",
    ],
    [{ registry: { cache: { password: 12345 } } }, "registry.cache.password", "TF_VAR_registry_redis_password"],
    [{ registry: { proxy: { password: "hunter2" } } }, "registry.proxy.password", "TF_VAR_registry_proxy_password"],
    [{ registry: { tls: { privateKey: "hunter2" } } }, "registry.tls.privateKey", "registry.tls.keyFile"],
    [{ storage: { rustfs: { accessKey: "hunter2" } } }, "storage.rustfs.accessKey", "TF_VAR_rustfs_root_access_key"],
    [{ storage: { rustfs: { secretKey: "hunter2" } } }, "storage.rustfs.secretKey", "TF_VAR_rustfs_root_secret_key"],
    [
      { storage: { rustfs: { environment: { RUSTFS_ROOT_PASSWORD: "hunter2" } } } },
      "storage.rustfs.environment.RUSTFS_ROOT_PASSWORD",
      "TF_VAR_rustfs_root_secret_key",
    ],
    [{ storage: { s3: { accessKeyId: "hunter2" } } }, "storage.s3.accessKeyId", "TF_VAR_registry_s3_access_key"],
    [
      { storage: { s3: { secretAccessKey: "hunter2" } } },
      "storage.s3.secretAccessKey",
      "TF_VAR_registry_s3_secret_key",
    ],
    [{ state: { username: "hunter2" } }, "state.username", "TF_HTTP_USERNAME"],
    [{ state: { password: "hunter2" } }, "state.password", "TF_HTTP_PASSWORD"],
    [{ state: { connStr: "hunter2" } }, "state.connStr", "PG_CONN_STR"],
    [{ state: { address: "https://a:hunter2@b" } }, "state.address", "TF_HTTP_PASSWORD"],
    [{ state: { credentials: "hunter2" } }, "state.credentials", "GOOGLE_CREDENTIALS"],
    [{ state: { secretKey: "hunter2" } }, "state.secretKey", "AWS_SECRET_ACCESS_KEY"],
    [{ state: { accessKey: "hunter2" } }, "state.accessKey", "ARM_ACCESS_KEY"],
    [{ docker: { password: "hunter2" } }, "docker.password", "docker.tlsDirectory"],
  ])("%j is refused at %s, and belongs in %s", (data, path, place) => {
    expect(fixOf(data)).toEqual([[path, expect.stringContaining(place)]]);
  });

  test.each([
    [{ registry: { configuration: { auth: { htpasswd: { realm: "a", path: "/b" }, token: { realm: "a" } } } } }],
    [{ registry: { cache: { passwordFromVariable: true, password: null } } }],
    [{ registry: { proxy: { password: "" } } }],
    [{ registry: { headers: { "Access-Control-Allow-Credentials": ["true"] } } }],
    [{ registry: { notifications: { endpoints: [{ headersFromVariables: { "X-Other": "scanner" } }] } } }],
    [{ registry: { notifications: { endpoints: [{ headersFromVariables: { Authorization: "scanner_token" } }] } } }],
    [{ storage: { s3: { kmsKeyId: "arn:aws:kms:x:1:key/2" } }, state: { key: "a.tfstate" } }],
  ])("is not seen in %j", (data) => {
    expect(findSecrets(data)).toEqual([]);
  });

  test("is not repeated by the problem that it is an unknown key, and never shown", () => {
    const { diagnostics } = parseEnvironment("registry:\n  host: localhost\n  password: hunter2\n", "a.yaml");
    expect(diagnostics).toMatchObject([{ line: 3, column: 13, path: "registry.password", got: "(hidden)" }]);
    expect(JSON.stringify(diagnostics)).not.toContain("hunter2");
  });
});
