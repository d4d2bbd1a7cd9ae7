import { readFileSync } from "node:fs";
import { Container } from "@cdktf/provider-docker/lib/container";
import { describe, expect, test } from "vitest";
import { type ContainerSpec, DockerHost, ImageReference, type ServiceSpec } from "../../../constructs";
import { find, synthesize } from "../../support/synth";

const SPEC: ContainerSpec = { name: "x", component: "thing", image: "thing:1" };
const SERVICE: ServiceSpec = {
  ...SPEC,
  health: { command: ["true"] },
  waitUntilHealthy: true,
  restart: "always",
  stopTimeoutSeconds: 30,
  memoryMb: 64,
};

const service = (spec: Partial<ServiceSpec> = {}, host = new DockerHost()) =>
  find(
    synthesize((scope) => void host.service(scope, "c", { ...SERVICE, ...spec })),
    "docker_container",
    "c",
  );

const job = (spec: Partial<ContainerSpec> = {}) =>
  find(
    synthesize((scope) => void new DockerHost().job(scope, "j", { ...SPEC, ...spec })),
    "docker_container",
    "j",
  );

describe("DockerHost", () => {
  test("stops with the grace it was given: without destroy_grace_seconds the provider kills at once", () => {
    expect(service({ stopTimeoutSeconds: 45 })).toMatchObject({ stop_timeout: 45, destroy_grace_seconds: 45 });
  });

  test("publishes on several addresses in the order that engines report, IPv4 first", () => {
    const address = ["::1", "127.0.0.10", "127.0.0.2"];
    const { ports } = service({ ports: [{ port: 5000, published: { address, port: 80 } }] });
    expect(ports.map(({ ip }: { ip: string }) => ip)).toEqual(["127.0.0.2", "127.0.0.10", "::1"]);
    const all = service({ ports: [{ port: 5000, published: { address: "all", port: 80 } }] }).ports;
    expect(all.map(({ ip }: { ip: string }) => ip)).toEqual(["0.0.0.0", "::"]);
  });

  test("writes durations as Go prints them, which is what the provider reads back", () => {
    expect(service({ health: { command: ["true"], startSeconds: 90 } }).healthcheck.start_period).toBe("1m30s");
    expect(service({ health: { command: ["true"], startSeconds: 30 } }).healthcheck.start_period).toBe("30s");
  });

  test("carries the health check in a label, since the provider never applies a changed one", () => {
    const label = (command: string[]) =>
      service({ health: { command } }).labels.find((l: { label: string }) => l.label.endsWith("health-check")).value;
    expect(label(["a"])).not.toBe(label(["b"]));
    expect(JSON.parse(label(["a"]))).toMatchObject({ test: ["CMD", "a"], interval: "30s" });
  });

  test("asks often while a container starts, and rarely afterwards; engines before 25 cannot tell the two apart", () => {
    expect(service().healthcheck).toMatchObject({ interval: "30s", start_interval: "500ms", retries: 3 });
    const older = service({}, new DockerHost({ olderThan25: true })).healthcheck;
    expect(older).toMatchObject({ interval: "1.8s", retries: 5 });
    expect(older.start_interval).toBeUndefined();
  });

  test("logs as it is told, and says so in a label, since a driver that is taken back is no change in a plan", () => {
    const logging = { driver: "local", options: { "max-size": "20m" } } as const;
    const label = { label: "dev.private-registry.logging", value: "local" };
    const told = service({}, new DockerHost({ logging }));
    expect(told).toMatchObject({ log_driver: "local", log_opts: { "max-size": "20m" } });
    expect(told.labels).toContainEqual(label);
    expect(Object.keys(service()).filter((key) => key.startsWith("log_"))).toEqual([]);
    expect(service().labels).not.toContainEqual(label);
  });

  test("publishes on loopback unless told otherwise", () => {
    expect(service({ ports: [{ port: 5000 }] }).ports).toEqual([]);
    expect(service({ ports: [{ port: 5000, published: { port: 80 } }] }).ports).toEqual([
      { internal: 5000, external: 80, ip: "127.0.0.1", protocol: "tcp" },
    ]);
  });

  test("renders every option of a container", () => {
    const stack = synthesize((scope) => {
      const other = new Container(scope, "other", { name: "other", image: "y" });
      new DockerHost().job(scope, "c", {
        ...SPEC,
        entrypoint: ["/bin/sh"],
        command: ["echo ${HOME}"],
        environment: { B: "2", A: "1" },
        files: [
          { path: "/f", content: "text", mode: "0400" },
          { path: "/g", source: "local" },
        ],
        mounts: [
          { path: "/v", volume: "volume" },
          { path: "/d", directory: "/srv", readOnly: true },
        ],
        networks: [{ id: "net", aliases: ["alias"] }],
        labels: { owner: "ops" },
        dependsOn: [other],
        replaceWith: [other],
      });
    });
    expect(find(stack, "docker_container", "c")).toMatchObject({
      name: "x",
      image: "thing:1",
      entrypoint: ["/bin/sh"],
      command: ["echo $${HOME}"],
      env: ["A=1", "B=2"],
      upload: [
        { file: "/f", content: "text", permissions: "0400" },
        { file: "/g", source: "local", source_hash: '${filesha256("local")}', permissions: "0444" },
      ],
      volumes: [
        { container_path: "/v", volume_name: "volume", read_only: false },
        { container_path: "/d", host_path: "/srv", read_only: true },
      ],
      networks_advanced: [{ name: "net", aliases: ["alias"] }],
      labels: [
        { label: "owner", value: "ops" },
        { label: "dev.private-registry.component", value: "thing" },
      ],
      depends_on: ["docker_container.other"],
      lifecycle: { replace_triggered_by: ["docker_container.other"] },
    });
  });

  test("runs with as few rights as there are", () => {
    const confined = { capabilities: { drop: ["ALL"] }, security_opts: ["no-new-privileges"] };
    expect(service()).toMatchObject(confined);
    expect(job()).toMatchObject(confined);
    expect(job().network_mode).toBe("none");
  });

  test("a job's failure fails the apply and shows what it said", () => {
    expect(job()).toMatchObject({ attach: true, must_run: false, restart: "no", logs: true });
    expect(job().provisioner[0]["local-exec"]).toMatchObject({
      environment: { EXIT_CODE: "${self.exit_code}", OUTPUT: "${self.container_logs}" },
    });
  });

  test("files reach Terraform unharmed: every template mark is doubled, and no other", () => {
    const script = readFileSync("constructs/storage/bucket-init.sh", "utf8");
    const [{ content }] = job({ files: [{ path: "/script", content: script }] }).upload;
    expect(content.replaceAll("$${", "").replaceAll("%%{", "")).not.toMatch(/[$%]\{/);
    expect(content.replace(/([$%])\1(?=\{)/g, "$1")).toBe(script);
  });

  test("writes out what the provider would not change when it is dropped from a network", () => {
    const spec = {
      name: "n",
      internal: true,
      subnet: "10.1.0.0/24",
      gateway: "10.1.0.1",
      mtu: 1400,
      labels: { a: "b" },
    };
    const stack = synthesize((scope) => void new DockerHost().network(scope, "n", spec));
    expect(find(stack, "docker_network", "n")).toMatchObject({
      ...{ name: "n", driver: "bridge", internal: true, attachable: false, ingress: false, ipv6: false },
      ipam_config: [{ subnet: "10.1.0.0/24", gateway: "10.1.0.1" }],
      options: { "com.docker.network.driver.mtu": "1400" },
      labels: [{ label: "a", value: "b" }],
    });
  });

  test.each([true, false])(
    "a volume has no label, which would replace it, and is protected when asked: %s",
    (protect) => {
      const stack = synthesize(
        (scope) => void new DockerHost().volume(scope, "v", { name: "data", protect, service: "any" }),
      );
      const { labels, lifecycle, name } = find(stack, "docker_volume", "v");
      expect([labels, lifecycle, name]).toEqual([undefined, { prevent_destroy: protect }, "data"]);
    },
  );

  test("keeps images that others on the host may use", () => {
    const stack = synthesize((scope) => void new DockerHost().image(scope, "i", ImageReference.parse("a/b:1")));
    expect(find(stack, "docker_image", "i")).toMatchObject({ name: "a/b:1", keep_locally: true });
  });
});
