import { describe, expect, test } from "vitest";
import { change, job, plan, registry, reviewed, rustfs, volume } from "./builder";

const stays = (values: Record<string, unknown>) => ({ before: values, after: values });
const s3 = { volumes: [], env: ["REGISTRY_AUTH=x", "REGISTRY_STORAGE_S3_BUCKET=b"] };
const bare = (image: string) => ({ name: "c", image, restart: "always", must_run: true });
const cache = { env: ["REGISTRY_AUTH=x", "REGISTRY_PROXY_REMOTEURL=https://registry.example.com"] };

describe("«data loss» stands in the headline", () => {
  test.each<[string, unknown]>([
    [
      "a volume is deleted",
      plan({ "docker_volume.a": { before: volume("a") }, "docker_volume.b": stays(volume("b")) }),
    ],
    [
      "a volume is replaced on request",
      plan({
        "docker_volume.a": { ...stays(volume("a")), actions: ["delete", "create"], reason: "replace_by_request" },
      }),
    ],
    [
      "a volume is replaced, creating first",
      plan({ "docker_volume.a": { before: volume("a"), after: volume("b"), actions: ["create", "delete"] } }),
    ],
    [
      "an imported volume is replaced at once",
      plan({ "docker_volume.a": { before: volume("a"), after: volume("a", { driver: "x" }) } }),
    ],
    [
      "in a module",
      plan({
        'module.a["x"].module.b.docker_volume.a[0]': { before: volume("a") },
        "docker_volume.b": stays(volume("b")),
      }),
    ],
    [
      "what a failed replacement left over",
      {
        ...plan({}),
        resource_changes: [
          change("docker_volume.a", stays(volume("a"))),
          { ...change("docker_volume.a", { before: volume("old") }), deposed: "ab12" },
        ],
      },
    ],
    [
      "a database without a volume is replaced",
      plan({ "docker_container.c": { before: bare("postgres:17"), after: bare("postgres:18") } }),
    ],
    [
      "a registry with an anonymous volume is replaced",
      plan({
        "docker_container.c": {
          before: registry({ volumes: [{ container_path: "/var/lib/registry" }] }),
          after: registry(),
        },
      }),
    ],
    [
      "a registry on tmpfs is replaced",
      plan({
        "docker_container.c": {
          before: registry({ volumes: [], tmpfs: { "/var/lib/registry": "" } }),
          after: registry(),
        },
      }),
    ],
    [
      "the recipe's job that empties the bucket runs again",
      plan({
        "docker_container.store": stays(rustfs()),
        "docker_container.mc": {
          before: bare("minio/mc:1"),
          after: {
            ...bare("minio/mc:1"),
            entrypoint: ["/bin/sh", "-c", "/usr/bin/mc rm -r --force s3/images; /usr/bin/mc mb s3/images"],
          },
        },
      }),
    ],
  ])("when %s", (_, document) => {
    expect(reviewed(document).headline).toContain("✗ data loss: 1");
  });
});

describe("«data loss» does not stand in the headline", () => {
  test.each<[string, unknown]>([
    [
      "a container on a named volume is replaced",
      plan({
        "docker_volume.data": stays(volume("data")),
        "docker_container.store": { before: rustfs(), after: rustfs({ env: ["A=b"] }) },
      }),
    ],
    [
      "a container on a directory of the host is removed",
      plan({
        "docker_container.store": { before: rustfs({ volumes: [{ host_path: "/srv", container_path: "/data" }] }) },
      }),
    ],
    ["a volume is forgotten", plan({ "docker_volume.a": { before: volume("a"), actions: ["forget"] } })],
    [
      "a volume is forgotten and another created",
      plan({ "docker_volume.a": { before: volume("a"), after: volume("b"), actions: ["create", "forget"] } }),
    ],
    ["a volume is moved", plan({ "docker_volume.b": { ...stays(volume("a")), previousAddress: "docker_volume.a" } })],
    [
      "a volume leads to a directory",
      plan({
        "docker_volume.a": { before: volume("a", { driver_opts: { type: "none", o: "bind", device: "/srv" } }) },
      }),
    ],
    [
      "a volume leads to a file server",
      plan({
        "docker_volume.a": {
          before: volume("a", { driver_opts: { type: "nfs4", device: ":/x" } }),
          after: volume("b", { driver_opts: { type: "nfs4", device: ":/x" } }),
        },
      }),
    ],
    [
      "a volume was removed by somebody else",
      plan(
        { "docker_volume.a": { after: volume("a") } },
        { resource_drift: [change("docker_volume.a", { before: volume("a") })] },
      ),
    ],
    [
      "a registry on S3 is replaced",
      plan({ "docker_container.c": { before: registry(s3), after: registry({ ...s3, hostname: "x" }) } }),
    ],
    [
      "a registry whose configuration is hidden is replaced",
      plan({
        "docker_container.c": {
          before: registry({ volumes: [], upload: [{ file: "/etc/distribution/config.yml", content: "a" }] }),
          after: registry({ volumes: [], upload: [{ file: "/etc/distribution/config.yml", content: "b" }] }),
          beforeSensitive: { upload: true },
          afterSensitive: { upload: true },
        },
      }),
    ],
    [
      "a registry reads a configuration that is mounted",
      plan({
        "docker_container.c": {
          before: registry({
            volumes: [{ host_path: "/c", container_path: "/conf" }],
            command: ["serve", "/conf/r.yml"],
          }),
          after: registry(),
        },
      }),
    ],
    [
      "a pull-through cache loses its cache",
      plan({
        "docker_volume.images": { before: volume("images"), after: volume("i2") },
        "docker_container.c": stays(registry(cache)),
        "docker_volume.b": stays(volume("b")),
      }),
    ],
    [
      "a proxy's cache goes",
      plan({
        "docker_volume.c": { before: volume("c") },
        "docker_container.p": stays({
          ...bare("nginx:1.29"),
          volumes: [{ volume_name: "c", container_path: "/var/cache/nginx" }],
        }),
      }),
    ],
    [
      "a job runs again",
      plan({
        "docker_container.store": stays(rustfs()),
        "docker_container.b": { before: job(), after: job({ env: ["A=b"] }) },
      }),
    ],
    [
      "a stateless container is replaced",
      plan({ "docker_container.c": { before: bare("nginx:1.28"), after: bare("nginx:1.29") } }),
    ],
    [
      "everything is created",
      plan({ "docker_volume.data": { after: volume("data") }, "docker_container.store": { after: rustfs() } }),
    ],
  ])("when %s", (_, document) => {
    const report = reviewed(document);
    expect(report.problem).toBeUndefined();
    expect(report.headline).not.toContain("data loss");
  });
});

describe("«data left behind» stands in the headline", () => {
  test.each<[string, unknown, boolean]>([
    [
      "another volume is mounted",
      plan({
        "docker_container.store": {
          before: rustfs(),
          after: rustfs({ volumes: [{ volume_name: "x", container_path: "/data" }] }),
        },
      }),
      true,
    ],
    [
      "RustFS is told another directory",
      plan({
        "docker_container.store": {
          before: rustfs({ env: ["RUSTFS_VOLUMES=/data"] }),
          after: rustfs({ env: ["RUSTFS_VOLUMES=/data2"] }),
        },
      }),
      true,
    ],
    [
      "RustFS moves together with its mount",
      plan({
        "docker_container.store": {
          before: rustfs({ env: ["RUSTFS_VOLUMES=/data"] }),
          after: rustfs({ env: ["RUSTFS_VOLUMES=/d"], volumes: [{ volume_name: "data", container_path: "/d" }] }),
        },
      }),
      false,
    ],
    [
      "a mount becomes read-only",
      plan({
        "docker_container.store": {
          before: rustfs(),
          after: rustfs({ volumes: [{ volume_name: "data", container_path: "/data", read_only: true }] }),
        },
      }),
      false,
    ],
    [
      "the driver changes",
      plan({
        "docker_container.c": {
          before: registry(s3),
          after: registry({ env: ["REGISTRY_AUTH=x", "REGISTRY_STORAGE=filesystem"] }),
        },
      }),
      true,
    ],
  ])("when %s: %#", (_, document, expected) => {
    expect(reviewed(document).headline.includes("data left behind")).toBe(expected);
  });
});
