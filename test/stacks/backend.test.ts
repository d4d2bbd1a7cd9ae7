import { App, Testing } from "cdktf";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { type Environment, parseEnvironment } from "../../config";
import { RegistryStack } from "../../stacks";

const synthesize = (environment: object) => {
  const minimal = { registry: { host: "localhost" } };
  const parsed = parseEnvironment(stringify({ ...minimal, ...environment }), "environments/team.yaml");
  expect(parsed.diagnostics).toEqual([]);
  const stack = new RegistryStack(
    new App({ stackTraces: false, outdir: "cdktf.out" }),
    parsed.environment as Environment,
  );
  stack.prepareStack();
  return JSON.parse(Testing.synth(stack, true));
};
const backend = (state: object) => synthesize({ state }).terraform.backend;

test("local state lies in the project, whoever's it is", () => {
  expect(synthesize({}).terraform.backend).toEqual({
    local: { path: "../../../state/team.tfstate", workspace_dir: "../../../state/team.workspaces" },
  });
  expect(backend({ backend: "local", path: "elsewhere/x.tfstate" })).toEqual({
    local: { path: "../../../elsewhere/x.tfstate", workspace_dir: "../../../elsewhere/x.workspaces" },
  });
  expect(backend({ backend: "local", path: "elsewhere/x" })).toMatchObject({
    local: { workspace_dir: "../../../elsewhere/x.workspaces" },
  });
});

test("a plan in another workspace is refused, whoever makes it", () => {
  const { url } = synthesize({}).output;
  expect(url.precondition).toEqual([
    {
      condition: '${terraform.workspace == "default"}',
      error_message: expect.stringMatching(/^An environment has one state/),
    },
  ]);
});

test.each<[object, object]>([
  [
    {
      backend: "http",
      address: "https://state.example.com/team",
      lockAddress: "https://state.example.com/team/lock",
      unlockAddress: "https://state.example.com/team/unlock",
      lockMethod: "POST",
      unlockMethod: "DELETE",
      updateMethod: "PUT",
      skipCertVerification: true,
      retryMax: 5,
      retryWaitMin: 2,
      retryWaitMax: 20,
    },
    {
      http: {
        address: "https://state.example.com/team",
        lock_address: "https://state.example.com/team/lock",
        unlock_address: "https://state.example.com/team/unlock",
        lock_method: "POST",
        unlock_method: "DELETE",
        update_method: "PUT",
        skip_cert_verification: true,
        retry_max: 5,
        retry_wait_min: 2,
        retry_wait_max: 20,
      },
    },
  ],
  [
    { backend: "pg", schemaName: "team", skipSchemaCreation: true, skipTableCreation: true, skipIndexCreation: true },
    { pg: { schema_name: "team", skip_schema_creation: true, skip_table_creation: true, skip_index_creation: true } },
  ],
  [
    {
      backend: "gcs",
      bucket: "team-state",
      prefix: "registry",
      impersonateServiceAccount: "a@b.iam.gserviceaccount.com",
      kmsEncryptionKey: "projects/p/locations/l/keyRings/r/cryptoKeys/k",
    },
    {
      gcs: {
        bucket: "team-state",
        prefix: "registry",
        impersonate_service_account: "a@b.iam.gserviceaccount.com",
        kms_encryption_key: "projects/p/locations/l/keyRings/r/cryptoKeys/k",
      },
    },
  ],
  [
    {
      backend: "azurerm",
      resourceGroupName: "group",
      storageAccountName: "account",
      containerName: "container",
      key: "team.tfstate",
      useOidc: true,
      useAzureadAuth: true,
      subscriptionId: "00000000-0000-0000-0000-000000000001",
      tenantId: "00000000-0000-0000-0000-000000000002",
    },
    {
      azurerm: {
        resource_group_name: "group",
        storage_account_name: "account",
        container_name: "container",
        key: "team.tfstate",
        use_oidc: true,
        use_azuread_auth: true,
        subscription_id: "00000000-0000-0000-0000-000000000001",
        tenant_id: "00000000-0000-0000-0000-000000000002",
      },
    },
  ],
])("$backend state is passed through, option by option", (state, expected) => {
  expect(backend(state)).toEqual(expected);
});

test("every option of RustFS arrives", () => {
  const { resource } = synthesize({
    storage: {
      rustfs: {
        bucket: "team-images",
        region: "eu-west-1",
        rootDirectory: "prefix",
        chunkSizeMb: 16,
        multipartCopyConcurrency: 3,
        volume: { name: "team-volume", protect: false },
        console: { address: "127.0.0.2", port: 9901 },
        s3Publish: { address: "127.0.0.3", port: 9900 },
        memoryMb: 3000,
        memoryRestart: false,
        cpus: 1.5,
        logLevel: "info",
        incompleteUploadDays: 3,
        stopTimeoutSeconds: 77,
        restart: "always",
        environment: { RUSTFS_SCANNER_SPEED: "slow" },
        labels: { tier: "storage" },
      },
    },
  });
  const { rustfs, bucket_init, distribution } = resource.docker_container;
  expect(rustfs).toMatchObject({
    ports: [
      { internal: 9000, external: 9900, ip: "127.0.0.3" },
      { internal: 9001, external: 9901, ip: "127.0.0.2" },
    ],
    memory: 3000,
    healthcheck: { test: ["CMD", "/bin/sh", "/opt/private-registry/rustfs-health.sh"] },
    cpus: "1.5",
    stop_timeout: 77,
    restart: "always",
  });
  expect(rustfs.env).toEqual(
    expect.arrayContaining([
      "RUSTFS_OBS_LOGGER_LEVEL=info",
      "RUSTFS_REGION=eu-west-1",
      "RUSTFS_SCANNER_SPEED=slow",
      "RUSTFS_CONSOLE_ENABLE=true",
      "RUSTFS_API_STALE_UPLOADS_EXPIRY=72h",
    ]),
  );
  expect(rustfs.labels).toContainEqual({ label: "tier", value: "storage" });
  expect(resource.docker_volume.rustfs_data).toMatchObject({
    name: "team-volume",
    lifecycle: { prevent_destroy: false },
  });
  expect(bucket_init.env).toEqual(expect.arrayContaining(["S3_BUCKET=team-images", "S3_REGION=eu-west-1"]));
  expect(JSON.stringify(bucket_init.upload)).toContain("<DaysAfterInitiation>3<");
  const config = distribution.upload[0].content;
  for (const line of [
    'bucket: "team-images"',
    'rootdirectory: "prefix"',
    `chunksize: ${16 * 1024 ** 2}`,
    "multipartcopymaxconcurrency: 3",
  ]) {
    expect(config).toContain(line);
  }
});

test("a pull-through cache arrives, its password as a variable", () => {
  const { resource, variable } = synthesize({
    registry: {
      host: "localhost",
      proxy: { remoteUrl: "https://registry-1.docker.io", username: "team", ttlHours: 24 },
    },
  });
  const config = resource.docker_container.distribution.upload[0].content;
  expect(config).toContain('remoteurl: "https://registry-1.docker.io"');
  expect(config).toContain('ttl: "24h"');
  expect(config).not.toContain("registry_proxy_password");
  expect(resource.docker_container.distribution.upload).toContainEqual({
    file: "/run/secrets/upstream-login.json",
    content: '${jsonencode({"Username" = "team", "Secret" = var.registry_proxy_password})}',
    permissions: "0400",
  });
  expect(resource.null_resource.distribution_config.triggers).toMatchObject({ "proxy.username": "team" });
  expect(variable.registry_proxy_password).toMatchObject({ sensitive: true });
});

test.each([
  ["registry.proxy", { proxy: { remoteUrl: "https://hub.example.com" } }],
  ["registry.configuration", { configuration: { proxy: { remoteurl: "https://hub.example.com" } } }],
])("a pull-through cache by %s is safe without being told: nothing expires, nothing is remembered", (_, registry) => {
  const { resource } = synthesize({ registry: { host: "localhost", ...registry } });
  const config = parse(
    resource.docker_container.distribution.upload[0].content.replaceAll(/\$\{jsonencode\((.*)\)\}/g, '"$1"'),
  );
  expect(config.proxy).toEqual({
    remoteurl: "https://hub.example.com",
    ttl: "0s",
    cachewritetimeout: "24h",
    exec: { command: "/etc/distribution/upstream-login" },
  });
  expect(config.storage.cache).toBeUndefined();
});
