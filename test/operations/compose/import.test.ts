import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { formatDiagnostic, parseEnvironment } from "../../../config";
import { Htpasswd } from "../../../constructs";
import { type ComposeImport, importCompose } from "../../../operations/compose/import";
import { writeImportedSecrets } from "../../../operations/compose/write-import";
import { readSecrets, secretsPath } from "../../../operations/secrets/file";
import { unseenFirstPassword } from "../../../operations/secrets/first-password";
import { inFolder } from "../in-folder";

const FIXTURES = __dirname;
const RECIPE = join(FIXTURES, "recipe/docker-compose.yml");
const VARIANT = join(FIXTURES, "variant/compose.yaml");

const importOne = (...args: Parameters<typeof importCompose>) => importCompose(...args)[0] as ComposeImport;

describe("importing a compose file", () => {
  inFolder();

  /** The recipe with some of its services' keys replaced. */
  const recipeWith = (changes: Record<string, object>) => {
    const file = parse(readFileSync(RECIPE, "utf8"));
    for (const [service, keys] of Object.entries(changes)) {
      file.services[service] = { ...file.services[service], ...keys };
    }
    mkdirSync("old/auth", { recursive: true });
    writeFileSync("old/auth/htpasswd", readFileSync(join(dirname(RECIPE), "auth/htpasswd")));
    writeFileSync("old/docker-compose.yml", stringify(file));
    return "old/docker-compose.yml";
  };
  const recipeRegistry = parse(readFileSync(RECIPE, "utf8")).services.registry;
  const registryWith = (environment: Record<string, string | undefined>, keys: object = {}) =>
    recipeWith({ registry: { environment: { ...recipeRegistry.environment, ...environment }, ...keys } });
  const environmentOf = (path: string, options = {}) => parse(importOne(path, {}, options).yaml);
  const changesOf = (path: string, options = {}) => importOne(path, {}, options).report.changes.map(({ what }) => what);

  test("keeps the recipe's bucket, root directory, port, realm and users", () => {
    const imported = importOne(RECIPE, {}, {});
    expect(parse(imported.yaml)).toEqual({
      registry: {
        host: "localhost",
        publish: { address: "127.0.0.1", port: 5000 },
        tls: { mode: "none" },
        realm: "Team registry",
        restart: "always",
      },
      storage: { rustfs: { bucket: "docker-images", region: "us-east-1", rootDirectory: "/team" } },
    });
    expect(imported.name).toBe("recipe");
    expect(imported.users?.names).toEqual(["alice", "robot"]);
    expect(imported.users?.verifies("alice", "wonderland in May")).toBe(true);
  });

  test("says what of the recipe it changes", () => {
    const { changes, warnings } = importOne(RECIPE, {}, {}).report;
    expect(changes.map(({ what }) => what)).toEqual([
      "rustfs/rustfs:1.0.0-alpha.77 → RustFS, pinned by digest",
      "the registry has an S3 key of its own, for this bucket only",
      "secrets reach containers as files",
      "the data lies on a named volume, which Terraform refuses to destroy",
      "ports 9000 and 9001 of the storage are not published",
      "published on 127.0.0.1 instead of every address",
      "clients may delete",
      "layers go through the registry",
      "log level debug → info",
      "job mc → a job that only creates what is missing",
      "the bucket is private",
    ]);
    expect(changes.every(({ why }) => why.length > 10)).toBe(true);
    expect(warnings).toEqual(["never start or restart mc again: it empties bucket docker-images each time"]);
  });

  test("reads a variant: MinIO, a mounted configuration file, long notations, .env, secrets as files", () => {
    const imported = importOne(VARIANT, {}, {});
    expect(imported.name).toBe("variant-registry");
    expect(parse(imported.yaml)).toEqual({
      registry: {
        host: "localhost",
        publish: { address: "10.0.0.5", port: 8443 },
        tls: {
          mode: "certificate",
          certificateFile: join(FIXTURES, "variant/registry/tls/hub.pem"),
          keyFile: join(FIXTURES, "variant/registry/tls/hub.key"),
        },
        realm: "hub",
        log: { level: "warn", format: "json", fields: { service: "hub" } },
        delete: true,
        uploadPurging: { enabled: true, ageHours: 72, intervalHours: 12, dryRun: false },
        headers: { "X-Content-Type-Options": ["nosniff"] },
        drainTimeoutSeconds: 90,
        stopTimeoutSeconds: 100,
        labels: { "com.example.team": "platform" },
        configuration: { validation: { disabled: true } },
      },
      storage: { rustfs: { bucket: "variant-images", region: "eu-central-1", chunkSizeMb: 25 } },
    });
    expect(imported.storage.old).toMatchObject({
      source: { keys: { accessKey: "minioroot", secretKey: "a password, with a comma" } },
      prefix: "docker/registry/v2/",
    });
    const what = imported.report.changes.map((change) => change.what);
    expect(what).toEqual(expect.arrayContaining(["blob cache redis → inmemory", "a new upload secret"]));
    expect(imported.report.warnings).toEqual([
      expect.stringMatching(/hub\.pem is not there: put it there before `up`, \/tls\/hub\.pem of the old registry$/),
      expect.stringMatching(/hub\.key is not there/),
      "service ui (joxit/docker-registry-ui:2) is not taken over; leave it in a compose file of its own",
    ]);
  });

  test.each([RECIPE, VARIANT])("writes no secret of %s into the environment file or the commands", (path) => {
    const { yaml, commands } = importOne(path, {}, {});
    expect(yaml + commands).not.toMatch(/rustfsadmin|minioroot|with a comma|not-to-be-kept|\$2[aby]\$/);
    expect(parseEnvironment(yaml, "environments/x.yaml").diagnostics.map(formatDiagnostic)).toEqual([]);
  });

  test("puts users and new keys into the secrets file, and what the copy needs beside it, for the owner only", () => {
    const imported = importOne(RECIPE, {}, {});
    writeImportedSecrets(imported);
    expect(unseenFirstPassword(secretsPath("recipe"))).toBeUndefined();
    const secrets = readSecrets(secretsPath("recipe"));
    expect(Htpasswd.parse(secrets.registry_htpasswd ?? "").names).toEqual(["alice", "robot"]);
    expect(Object.keys(secrets).sort()).toEqual([
      "registry_htpasswd",
      "registry_http_secret",
      "registry_s3_access_key",
      "registry_s3_secret_key",
      "rustfs_root_access_key",
      "rustfs_root_secret_key",
    ]);
    for (const name of ["copy.sh", "settings", "source.curl", "target.curl"]) {
      expect(statSync(join(imported.folder, name)).mode & 0o077).toBe(0);
    }
    expect(readFileSync(join(imported.folder, "source.curl"), "utf8")).toBe('user = "rustfsadmin:rustfsadmin"\n');
    expect(readFileSync(join(imported.folder, "target.curl"), "utf8")).toContain(secrets.registry_s3_secret_key);
    expect(readFileSync(".private-registry/.gitignore", "utf8")).toBe("*\n");
  });

  test("keeps secrets that are there, when it runs again", () => {
    const imported = importOne(RECIPE, {}, {});
    writeImportedSecrets(imported);
    const before = readSecrets(secretsPath("recipe"));
    writeImportedSecrets(imported);
    expect(readSecrets(secretsPath("recipe"))).toEqual(before);
  });

  test("makes a first user when the compose file lets everybody in", () => {
    const path = registryWith({
      REGISTRY_AUTH: undefined,
      REGISTRY_AUTH_HTPASSWD_PATH: undefined,
      REGISTRY_AUTH_HTPASSWD_REALM: undefined,
    });
    // `undefined` in YAML is an empty value, as an empty variable in compose.
    const file = parse(readFileSync(path, "utf8"));
    for (const name of Object.keys(file.services.registry.environment)) {
      if (name.startsWith("REGISTRY_AUTH")) delete file.services.registry.environment[name];
    }
    writeFileSync(path, stringify(file));
    const imported = importOne(path, {}, {});
    expect(imported.users).toBeUndefined();
    writeImportedSecrets(imported);
    expect(unseenFirstPassword(secretsPath(imported.name))).toMatchObject({ user: "admin" });
    expect(imported.report.changes.map(({ what }) => what)).toContain("users must log in");
  });

  test("leaves the data of a service outside of the file where it is, and takes its keys", () => {
    const path = registryWith({ REGISTRY_STORAGE_S3_REGIONENDPOINT: "https://s3.example.com" });
    const imported = importOne(path, {}, {});
    expect(parse(imported.yaml).storage).toEqual({
      s3: { endpoint: "https://s3.example.com", region: "us-east-1", bucket: "docker-images", rootDirectory: "/team" },
    });
    expect(imported.commands).not.toContain("copy.sh");
    writeImportedSecrets(imported);
    expect(readSecrets(secretsPath(imported.name))).toMatchObject({
      registry_s3_access_key: "rustfsadmin",
      registry_s3_secret_key: "rustfsadmin",
    });
  });

  test("takes Let's Encrypt over", () => {
    const letsEncrypt = {
      REGISTRY_HTTP_ADDR: "0.0.0.0:443",
      REGISTRY_HTTP_TLS_LETSENCRYPT_CACHEFILE: "/letsencrypt",
      REGISTRY_HTTP_TLS_LETSENCRYPT_EMAIL: "ops@example.com",
      REGISTRY_HTTP_TLS_LETSENCRYPT_HOSTS: "[hub.example.com]",
    };
    const { registry } = environmentOf(registryWith(letsEncrypt, { ports: ["443:443"] }));
    expect(registry).toMatchObject({
      host: "hub.example.com",
      publish: { address: "0.0.0.0", port: 443 },
      tls: { mode: "lets-encrypt", email: "ops@example.com", hosts: ["hub.example.com"] },
    });
  });

  test("takes a proxy in front for what it is", () => {
    const { registry } = environmentOf(registryWith({ REGISTRY_HTTP_HOST: "https://hub.example.com" }));
    expect(registry).toMatchObject({
      host: "hub.example.com",
      publish: { address: "127.0.0.1", port: 5000 },
      tls: { mode: "behind-proxy", url: "https://hub.example.com" },
    });
  });

  test("keeps plain HTTP open for a reason that somebody gives", () => {
    const options = { host: "hub.internal", plainHttpReason: "a lab without any other network" };
    expect(environmentOf(RECIPE, options).registry).toMatchObject({
      host: "hub.internal",
      publish: { address: "0.0.0.0" },
      tls: { mode: "none", reason: "a lab without any other network" },
    });
    expect(changesOf(RECIPE, options)).toContain("plain HTTP stays, with its reason in the file");
  });

  test.each<[string, unknown, object]>([
    ["5000:5000", ["5000:5000"], { address: "127.0.0.1", port: 5000 }],
    ["another port", ["8080:5000"], { address: "127.0.0.1", port: 8080 }],
    ["loopback", ["127.0.0.1:6000:5000/tcp"], { address: "127.0.0.1", port: 6000 }],
    ["IPv6 loopback", ["[::1]:6000:5000"], { address: "::1", port: 6000 }],
    [
      "the long notation",
      [{ target: 5000, published: 7000, host_ip: "127.0.0.1" }],
      { address: "127.0.0.1", port: 7000 },
    ],
    ["the one of several", ["5001:5001", "6000:5000"], { address: "127.0.0.1", port: 6000 }],
    ["no host port", ["5000"], { address: "127.0.0.1", port: 5000 }],
    ["no port", [], { address: "127.0.0.1", port: 5000 }],
  ])("reads ports: %s", (_, ports, publish) => {
    expect(environmentOf(recipeWith({ registry: { ports } })).registry.publish).toEqual(publish);
  });

  test("says from which address the port goes to loopback", () => {
    const { changes } = importOne(recipeWith({ registry: { ports: ["192.168.1.5:5000:5000"] } }), {}, {}).report;
    expect(changes.map(({ what }) => what)).toContain("published on 127.0.0.1 instead of 192.168.1.5");
  });

  test("prints commands that name the containers, or find them", () => {
    const { commands: named } = importOne(RECIPE, {}, {});
    expect(named).toMatch(/^OLD=registry\nSTORAGE=rustfs\n/);
    expect(named).toContain('network connect --alias import-source recipe-storage "$STORAGE"\n');
    const { commands } = importOne(recipeWith({ rustfs: { container_name: undefined } }), {}, { project: "shop" });
    expect(commands).not.toContain("recipe");
    const { commands: found } = importOne(VARIANT, {}, { project: "shop" });
    expect(found).toContain(
      "STORAGE=$(docker ps -q --filter label=com.docker.compose.project=shop --filter label=com.docker.compose.service=store)",
    );
    expect(found).toContain("service store of project shop does not run here");
  });

  describe("refuses, and says what to do", () => {
    const failure = (path: string, options = {}, variables = {}) => {
      try {
        importOne(path, variables, options);
      } catch (error) {
        const { message, remedy } = error as { message: string; remedy?: string };
        return `${message}\n→ ${remedy}`;
      }
      return "";
    };

    test.each([
      ["bob:$apr1$abc$0123456789012345678901", "user bob has Apache's MD5"],
      ["bob:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "user bob has SHA-1"],
      ["bob:$6$salt$0123456789", "user bob has SHA-crypt"],
      ["bob:secret", "user bob has no hash that is known"],
    ])("the line %s", (line, message) => {
      const path = recipeWith({});
      writeFileSync("old/auth/htpasswd", `${line}\n`);
      expect(failure(path)).toContain(message);
      expect(failure(path)).toContain("htpasswd -B");
      expect(failure(path)).not.toContain(line.split(":")[1]);
    });

    test("the first form of compose files, with a command that makes the second", () => {
      mkdirSync("old", { recursive: true });
      const { services } = parse(readFileSync(RECIPE, "utf8"));
      writeFileSync("old/v1.yml", stringify(services));
      const message = failure("old/v1.yml");
      expect(message).toMatch(/has the first form of compose files/);
      const command = /import the result: (.*compose\.yaml);/.exec(message)?.[1] as string;
      execFileSync("sh", ["-c", command]);
      expect(parse(readFileSync("compose.yaml", "utf8"))).toEqual({ services });
    });

    test("users in a volume", () => {
      const message = failure(recipeWith({ registry: { volumes: ["auth:/auth"] } }));
      expect(message).toContain("docker cp registry:/auth/htpasswd htpasswd");
      expect(importOne("old/docker-compose.yml", {}, { htpasswd: "old/auth/htpasswd" }).users?.names).toHaveLength(2);
    });

    test.each<[string, () => string, string]>([
      ["a file that is not there", () => failure("nowhere.yml"), "there is no file nowhere.yml"],
      ["no registry", () => failure(recipeWith({ registry: { image: "example/hub:1" } })), "--service NAME"],
      ["a service that is not there", () => failure(RECIPE, { service: ["hub"] }), "no service hub"],
      ["another storage", () => failure(registryWith({ REGISTRY_STORAGE_S3_BUCKET: "" })), "skopeo sync"],
      ["a login that is nobody's", () => failure(registryWith({ REGISTRY_AUTH: "ldap" })), "auth.ldap"],
      ["a service that extends another", () => failure(recipeWith({ mc: { extends: "x" } })), "install Docker Compose"],
      [
        "a variable that must have a value",
        () => failure(recipeWith({ mc: { image: "$" + "{X:?why}" } })),
        "needs X: why",
      ],
    ])("%s", (_, fail, message) => {
      expect(fail()).toContain(message);
    });
  });

  describe("a registry on an S3 service that stays", () => {
    const S3 = {
      REGISTRY_STORAGE_S3_REGIONENDPOINT: "storage.example.com",
      REGISTRY_STORAGE_S3_SECURE: undefined,
      REGISTRY_STORAGE_S3_FORCEPATHSTYLE: undefined,
    };
    const storageOf = (environment: Record<string, string>, image?: string) =>
      environmentOf(registryWith({ ...S3, ...environment }, image ? { image } : {})).storage.s3;

    test.each([
      ["secure is true by default", {}, "https://storage.example.com"],
      ["secure is true", { REGISTRY_STORAGE_S3_SECURE: "true" }, "https://storage.example.com"],
      ["secure is false", { REGISTRY_STORAGE_S3_SECURE: "false" }, "http://storage.example.com"],
      [
        "the scheme is written",
        { REGISTRY_STORAGE_S3_REGIONENDPOINT: "http://192.0.2.10:9000" },
        "http://192.0.2.10:9000",
      ],
    ])("an endpoint's scheme: %s", (_, environment, endpoint) => {
      expect(storageOf(environment)).toMatchObject({ endpoint });
    });

    test("a storage class is written as S3 writes it", () => {
      expect(storageOf({ REGISTRY_STORAGE_S3_STORAGECLASS: "standard_ia" })).toMatchObject({
        storageClass: "STANDARD_IA",
      });
    });

    // The environment file's own default with an endpoint is path style.
    test.each<[string, string, Record<string, string>, boolean | undefined]>([
      ["registry:2", "version 2 has path style with an endpoint, always", {}, undefined],
      ["registry:2.8.3", "version 2 knows no such key", { REGISTRY_STORAGE_S3_FORCEPATHSTYLE: "false" }, undefined],
      ["registry:3.0.0", "version 3 has none unless it is said", {}, false],
      ["registry:3.0.0", "version 3 when it is said", { REGISTRY_STORAGE_S3_FORCEPATHSTYLE: "true" }, undefined],
    ])("path style of %s: %s", (image, _, environment, expected) => {
      expect(storageOf(environment, image).forcePathStyle).toBe(expected);
    });
  });

  test("what has no key in the file goes to registry.configuration, or is left out with the reason", () => {
    const path = registryWith({
      REGISTRY_CATALOG_MAXENTRIES: "77",
      REGISTRY_HTTP_HTTP2_DISABLED: "true",
      REGISTRY_STORAGE_S3_V4AUTH: "false",
      REGISTRY_HEALTH_STORAGEDRIVER_ENABLED: "false",
      REGISTRY_REDIS_PASSWORD: "hidden",
      REGISTRY_HTTP_NOSUCHKEY: "1",
    });
    const { yaml, report } = importOne(path, {}, {});
    expect(parse(yaml).registry.limits).toEqual({ catalog: 77 });
    expect(parse(yaml).registry.configuration).toEqual({ http: { http2: { disabled: true } } });
    expect(report.keptThings).toEqual(expect.arrayContaining(["http.http2.disabled, in registry.configuration"]));
    const changes = new Map(report.changes.map(({ what, why }) => [what, why]));
    expect(changes.get("health is set anew")).toContain("every 10 s");
    expect(report.fateOf("storage.s3.v4auth")).toBe("changed");
    expect(changes.get("redis.password is left out")).toContain("secret");
    expect(changes.get("http.nosuchkey is left out")).toContain("is no key of Distribution's configuration");
    expect(yaml).not.toContain("hidden");
  });

  test("an image that is built is what its Dockerfile begins with", () => {
    const path = recipeWith({
      registry: { image: "example.com/our/hub:7", build: { context: "hub", args: { OF: "2.8.1" } } },
    });
    mkdirSync("old/hub");
    writeFileSync("old/hub/Dockerfile", "ARG OF=3\nFROM registry:$OF\nCOPY config.yml /etc/docker/registry/\n");
    const { report } = importOne(path, {}, {});
    expect(report.changes.map(({ what }) => what).join()).toMatch(/more than 1000 repositories/);
    expect(report.warnings.join()).not.toMatch(/which version/);
  });

  test("header values that YAML reads as numbers or booleans stay text", () => {
    mkdirSync("old", { recursive: true });
    writeFileSync(
      "old/config.yml",
      [
        "version: 0.1",
        'storage: { s3: { region: us-east-1, regionendpoint: "http://192.0.2.10:9000", bucket: images, secure: false } }',
        "http: { addr: ':5000', headers: { Access-Control-Allow-Credentials: [true], Access-Control-Max-Age: [1728000] } }",
      ].join("\n"),
    );
    writeFileSync(
      "old/compose.yml",
      'services: { hub: { image: "registry:2.7", volumes: ["./config.yml:/etc/docker/registry/config.yml"] } }',
    );
    expect(environmentOf("old/compose.yml").registry.headers).toEqual({
      "Access-Control-Allow-Credentials": ["true"],
      "Access-Control-Max-Age": ["1728000"],
    });
  });
});
