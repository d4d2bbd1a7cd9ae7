import { describe, expect, test } from "vitest";
import { RustFs, type RustFsProps, type ServiceSpec } from "../../../constructs";
import { contentOf, RecordingPlatform } from "../../support/recording-platform";
import { synthesize } from "../../support/synth";

const REQUIRED = {
  name: "team",
  image: "rustfs/rustfs:1.0.1",
  rootKeys: { accessKey: "ROOT", secretKey: "secret" },
  network: { id: "storage-id" },
  edgeNetwork: { id: "edge-id" },
};

const make = (props: Partial<RustFsProps> = {}) => {
  const platform = new RecordingPlatform();
  let rustfs: RustFs | undefined;
  synthesize((scope) => {
    rustfs = new RustFs(scope, "rustfs", { ...REQUIRED, platform, ...props });
  });
  return {
    container: platform.services["team-rustfs"] as ServiceSpec,
    volumes: Object.values(platform.volumes),
    rustfs: rustfs as RustFs,
  };
};

describe("RustFs", () => {
  test("is safe by default", () => {
    const { container, volumes, rustfs } = make();
    expect(container).toMatchObject({
      memoryMb: 3072,
      stopTimeoutSeconds: 40,
      restart: "unless-stopped",
      ports: [{ port: 9000, published: undefined }],
      networks: [{ id: "storage-id", aliases: ["rustfs"] }],
      mounts: [{ path: "/data", volume: "team-rustfs-data" }],
    });
    expect(contentOf(container, container.health.command[1] ?? "")).toContain("http://127.0.0.1:9000/health/ready");
    expect(container.environment).toEqual({
      RUSTFS_ACCESS_KEY_FILE: "/run/secrets/rustfs-access-key",
      RUSTFS_SECRET_KEY_FILE: "/run/secrets/rustfs-secret-key",
      RUSTFS_VOLUMES: "/data",
      RUSTFS_REGION: "us-east-1",
      RUSTFS_CONSOLE_ENABLE: "false",
      RUSTFS_NEW_BUCKET_DURABILITY_MODE: "strict",
      RUSTFS_API_STALE_UPLOADS_EXPIRY: "168h",
      RUSTFS_OBS_LOG_DIRECTORY: "",
      RUSTFS_OBS_LOGGER_LEVEL: "warn",
      RUSTFS_CHECK_UPDATE: "false",
    });
    expect(volumes).toEqual([{ service: "team-rustfs", name: "team-rustfs-data", protect: true, copies: 1 }]);
    expect(rustfs.dataLocation).toBe("volume team-rustfs-data");
  });

  test("renders every option", () => {
    const { container, volumes, rustfs } = make({
      volume: { name: "images", protect: false },
      console: { address: "10.0.0.1", port: 9101 },
      s3Publish: { port: 9100 },
      region: "eu-west-1",
      logLevel: "error",
      memoryMb: 4096,
      cpus: 1.5,
      stopTimeoutSeconds: 60,
      restart: "always",
      environment: { RUSTFS_SCANNER_SPEED: "slow" },
      labels: { owner: "ops" },
    });
    expect(container).toMatchObject({
      memoryMb: 4096,
      cpus: 1.5,
      stopTimeoutSeconds: 60,
      restart: "always",
      ports: [
        { port: 9000, published: { port: 9100 } },
        { port: 9001, published: { address: "10.0.0.1", port: 9101 } },
      ],
      networks: [{ id: "storage-id" }, { id: "edge-id" }],
      labels: { owner: "ops" },
    });
    expect(container.environment).toMatchObject({
      RUSTFS_REGION: "eu-west-1",
      RUSTFS_OBS_LOGGER_LEVEL: "error",
      RUSTFS_CONSOLE_ENABLE: "true",
      RUSTFS_SCANNER_SPEED: "slow",
    });
    expect(volumes).toEqual([{ service: "team-rustfs", name: "images", protect: false, copies: 1 }]);
    expect(rustfs.consoleUrl).toBe("http://10.0.0.1:9101");
  });

  test.each([
    ["by default", {}, true],
    ["when the engine always starts it again", { restart: "always" }, true],
    ["not when it would stay down", { restart: "on-failure" }, false],
    ["not when it would stay down for ever", { restart: "no" }, false],
    ["not when it is told so", { memoryRestart: false }, false],
  ] as const)("is restarted in order when it keeps memory, %s", (_, options, restarts) => {
    const { container } = make(options);
    const { command } = container.health;
    expect(command).toEqual(["/bin/sh", "/opt/private-registry/rustfs-health.sh", ...(restarts ? ["60", "75"] : [])]);
    expect(contentOf(container, command[1] ?? "")).toContain("orderly restart: memory");
  });

  test("keeps an unfinished upload as long as it is told", () => {
    const days = (options: object) => make(options).container.environment?.RUSTFS_API_STALE_UPLOADS_EXPIRY;
    expect([days({}), days({ incompleteUploadDays: 30 })]).toEqual(["168h", "720h"]);
  });

  test("logs to standard output beside OTLP, and hides its version where S3 is published", () => {
    const variables = (options: object) => make(options).container.environment ?? {};
    const names = ["RUSTFS_OBS_LOG_STDOUT_ENABLED", "RUSTFS_HEALTH_MINIMAL_RESPONSE_ENABLE"];
    for (const name of names) expect(variables({})).not.toHaveProperty(name);
    expect(variables({ environment: { RUSTFS_OBS_METRIC_ENDPOINT: "http://otel:4318" } })[names[0] ?? ""]).toBe("true");
    expect(variables({ s3Publish: { port: 9000 } })[names[1] ?? ""]).toBe("true");
    const said = { RUSTFS_OBS_ENDPOINT: "http://otel:4318", RUSTFS_OBS_LOG_STDOUT_ENABLED: "false" };
    expect(variables({ environment: said }).RUSTFS_OBS_LOG_STDOUT_ENABLED).toBe("false");
  });

  test("one directory is /data; several are drives of one erasure set", () => {
    expect(make({ directories: ["/srv/a"] }).container.mounts).toEqual([{ path: "/data", directory: "/srv/a" }]);
    const { container, volumes, rustfs } = make({ directories: ["/srv/a", "/srv/b", "/srv/c", "/srv/d"], parity: 2 });
    expect(container.mounts).toHaveLength(4);
    expect(container.mounts?.[3]).toEqual({ path: "/drives/3", directory: "/srv/d" });
    expect(container.environment).toMatchObject({
      RUSTFS_VOLUMES: "/drives/{0...3}",
      RUSTFS_STORAGE_CLASS_STANDARD: "EC:2",
    });
    expect(volumes).toEqual([]);
    expect(rustfs.dataLocation).toBe("directories /srv/a, /srv/b, /srv/c, /srv/d");
  });

  test.each<[string, Partial<RustFsProps>, string]>([
    ["a name Docker refuses", { name: "Team" }, "'name' must be 1–40 lower-case"],
    [
      "too many days",
      { incompleteUploadDays: 366 },
      "'incompleteUploadDays' must be a whole number of days 1–365, got 366",
    ],
    ["too little memory", { memoryMb: 2047 }, "'memoryMb' must be a whole number of MiB 2048–1048576, got 2047"],
    [
      "too short a stop",
      { stopTimeoutSeconds: 29 },
      "'stopTimeoutSeconds' must be a whole number of seconds 30–3600, got 29",
    ],
    ["port 0", { console: { port: 0 } }, "'console.port' must be 1–65535, got 0"],
    [
      "an address twice",
      { console: { port: 1, address: ["::1", "::1"] } },
      "'console.address' must list an address once",
    ],
    ["no address", { console: { port: 1, address: [] } }, "'console.address' must be an IPv4 or IPv6 address, a list"],
    [
      "all among others",
      { s3Publish: { port: 1, address: ["all"] } },
      "'s3Publish.address[0]' must be an IPv4 or IPv6 address",
    ],
    [
      "a host name as address",
      { s3Publish: { address: "localhost", port: 1 } },
      "'s3Publish.address' must be an IPv4 or IPv6",
    ],
    ["publishing without an edge", { s3Publish: { port: 9000 }, edgeNetwork: undefined }, "'edgeNetwork' is needed"],
    ["no directory", { directories: [] }, "'directories' must be a list of 1–16 host directories, got 0"],
    ["17 directories", { directories: Array.from({ length: 17 }, (_, n) => `/d${n}`) }, "got 17"],
    ["a relative directory", { directories: ["data"] }, "'directories[0]' must be an absolute path"],
    ["the same directory twice", { directories: ["/a", "/a"] }, "'directories[1]' must be listed once"],
    ["nested directories", { directories: ["/a", "/a/b"] }, "'directories[1]' must not lie in /a"],
    ["directories and a volume", { directories: ["/a"], volume: {} }, "must not be given together with volume"],
    ["parity beyond half", { directories: ["/a", "/b"], parity: 2 }, "'parity' must be 0–1 with 2 directories, got 2"],
    ["parity of a volume", { parity: 1 }, "'parity' needs two directories or more"],
    [
      "its own variables",
      { environment: { RUSTFS_VOLUMES: "/x" } },
      "'environment.RUSTFS_VOLUMES' must be a variable's name, and none that RustFS gets already",
    ],
    // With these RustFS does not start, is not found at http://rustfs:9000, or loses images with the power.
    ...[
      "RUSTFS_ADDRESS",
      "RUSTFS_TLS_PATH",
      "RUSTFS_HEALTH_ENDPOINT_ENABLE",
      "RUSTFS_CONSOLE_ADDRESS",
      "RUSTFS_DURABILITY_MODE",
      "RUSTFS_DRIVE_SYNC_ENABLE",
    ].map((name): [string, Partial<RustFsProps>, string] => [
      name,
      { environment: { [name]: "x" } },
      `'environment.${name}'`,
    ]),
    ["keys in the environment", { environment: { RUSTFS_SECRET_KEY: "x" } }, "'environment.RUSTFS_SECRET_KEY'"],
  ])("refuses %s", (_, props, message) => expect(() => make(props)).toThrow(message));

  test.each<Partial<RustFsProps>>([
    { memoryMb: 2048 },
    { stopTimeoutSeconds: 30 },
    { directories: ["/a", "/b"], parity: 1 },
  ])("takes the bound %j", (props) => expect(() => make(props)).not.toThrow());

  test("reports everything at once, with the construct's path", () => {
    expect(() => make({ memoryMb: 1, stopTimeoutSeconds: 1 })).toThrow(
      /memoryMb.*\[test\/rustfs\]\n.*stopTimeoutSeconds/s,
    );
  });
});
