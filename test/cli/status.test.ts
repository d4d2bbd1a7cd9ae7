import { rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { recordBackup } from "../../operations/backup/record";
import { readEnvironment } from "../../operations/environments";
import { type FakeMachine, machines } from "../support/fake-machine";

const { deployed, fresh } = machines();

async function json(lab: FakeMachine) {
  const { out, code } = await lab.must("status", "lab", "--json");
  return { ...JSON.parse(out), code };
}

describe("status", () => {
  test("of what runs as it should: no drift, exit 0", async () => {
    const lab = await deployed();
    lab.registry.addTag("team/alpine", "3");
    const seen = await json(lab);
    expect(seen).toMatchObject({ environment: "lab", drift: [] });
    expect(seen.code).toBeUndefined();
    const { out } = await lab.must("status", "lab");
    expect(out).toMatch(/● lab-registry +healthy/);
    expect(out).toMatch(/drift +none/);
    expect(lab.calls().filter(({ command }) => command !== "version")).toEqual([]);
    expect(lab.changesOnEngine()).toEqual([]);
  });

  test("tells what runs before it builds what should, and before it counts", async () => {
    const lab = await deployed();
    rmSync(lab.path("cdktf.out"), { recursive: true, force: true });
    writeFileSync(lab.path("cdktf.out"), "in the way");
    const { out, error } = await lab.run("status", "lab");
    expect(error).toBeDefined();
    expect(out).toMatch(/● lab-registry +healthy[\s\S]*storage +volume lab-rustfs-data[\s\S]*backup +none/);
    expect(out).not.toMatch(/images|drift/);
  });

  test("--images lists each repository as soon as it is known, in order, with all its tags", async () => {
    const lab = await deployed();
    for (const tag of "abcdefghij") lab.registry.addTag("team/alpine", tag);
    lab.registry.addTag("team/zebra", "1");
    const { out } = await lab.must("status", "lab", "--images");
    expect(out).toMatch(
      /backup[^\n]*\n +team\/alpine: a b c d e f g h i j\n +team\/zebra: 1\n +images +2 repositories, 11 tags\n/,
    );
    expect((await lab.must("status", "lab")).out).toMatch(/team\/alpine: a b c d e f g h … and 2 more/);
  });

  test("how old the newest backup is that was made from here", async () => {
    const lab = await deployed();
    expect((await lab.must("status", "lab")).out).toMatch(/backup +none was made from this machine/);
    const taken = new Date(Date.now() - 26 * 3_600_000).toISOString();
    recordBackup(readEnvironment("lab"), { snapshot: "2026", taken, target: "/srv/backup/lab" });
    expect((await lab.must("status", "lab")).out).toMatch(/backup +1 d 2 h old, in \/srv\/backup\/lab/);
  });

  test.each<[string, (lab: FakeMachine) => unknown, RegExp]>([
    [
      "an unhealthy container",
      (lab) => Object.assign(lab.container("registry"), { health: "unhealthy" }),
      /lab-registry +unhealthy/,
    ],
    [
      "unhealthy storage",
      (lab) => Object.assign(lab.container("rustfs"), { health: "unhealthy" }),
      /lab-rustfs +unhealthy/,
    ],
    ["a stopped container", (lab) => lab.engine.containers.stop(lab.container("rustfs"), 137), /lab-rustfs +exited/],
    [
      "a container that is gone",
      (lab) => lab.engine.containers.remove(lab.container("registry")),
      /lab-registry +missing/,
    ],
  ])("%s is shown, and exits 2", async (_, change, text) => {
    const lab = await deployed();
    await change(lab);
    const { out, code } = await lab.must("status", "lab");
    expect(out).toMatch(text);
    expect(code).toBe(2);
  });

  test.each<[string, (lab: FakeMachine) => unknown, RegExp]>([
    [
      "a variable",
      (lab) => {
        lab.container("registry").body.Env = ["OTEL_TRACES_EXPORTER=otlp"];
      },
      /lab-registry: variable OTEL_TRACES_EXPORTER is otlp, should be none/,
    ],
    [
      "a port",
      (lab) =>
        Object.assign(lab.container("rustfs").body.HostConfig ?? {}, {
          PortBindings: { "9000/tcp": [{ HostIp: "0.0.0.0", HostPort: "9000" }] },
        }),
      /lab-rustfs: port 9000\/tcp is 0\.0\.0\.0:9000, should be absent/,
    ],
    [
      "a limit of memory",
      (lab) => Object.assign(lab.container("rustfs").body.HostConfig ?? {}, { Memory: 2 ** 20 }),
      /lab-rustfs: memory \(MiB\) is 1, should be \d+/,
    ],
    [
      "a mount",
      (lab) => Object.assign(lab.container("rustfs").body.HostConfig ?? {}, { Binds: ["other:/data"] }),
      /lab-rustfs: mount \/data is other, should be lab-rustfs-data/,
    ],
    [
      "a label",
      (lab) => Object.assign(lab.container("registry").body.Labels ?? {}, { "dev.private-registry.component": "x" }),
      /label dev\.private-registry\.component is x, should be distribution/,
    ],
    [
      "the restart policy",
      (lab) => Object.assign(lab.container("registry").body.HostConfig ?? {}, { RestartPolicy: { Name: "no" } }),
      /lab-registry: restart is no, should be unless-stopped/,
    ],
    [
      "the image",
      (lab) => Object.assign(lab.container("registry"), { image: "sha256:other" }),
      /lab-registry runs another image/,
    ],
    [
      "the registry's configuration",
      (lab) => {
        const { files } = lab.container("registry");
        const text = files.get("/etc/distribution/config.yml") ?? "";
        files.set("/etc/distribution/config.yml", text.replace('level: "info"', 'level: "debug"'));
      },
      /configuration log\.level is debug, should be info/,
    ],
    [
      "a container that was disconnected from its network",
      (lab) => lab.container("registry").networks.delete("lab-edge"),
      /^lab-registry is not on network lab-edge$/m,
    ],
    [
      "storage that was connected to another network",
      (lab) => lab.container("rustfs").networks.add("lab-edge"),
      /^lab-rustfs is also on network lab-edge$/m,
    ],
    [
      "a container that is gone",
      (lab) => lab.engine.containers.remove(lab.container("rustfs")),
      /lab-rustfs does not exist/,
    ],
    [
      "a stopped container",
      (lab) => lab.engine.containers.stop(lab.container("registry")),
      /lab-registry does not run/,
    ],
  ])("drift: %s", async (_, change, text) => {
    const lab = await deployed();
    await change(lab);
    const seen = await json(lab);
    expect(seen.drift.join("\n")).toMatch(text);
    expect(seen.code).toBe(2);
  });

  test.each([
    [
      "driver failed programming external connectivity on endpoint lab-registry: failed to bind host port 192.0.2.9:5000/tcp: cannot assign requested address",
      /does not have the address 192\.0\.2\.9/,
      "docker start lab-registry",
    ],
    [
      "Bind for 127.0.0.1:5000 failed: port is already allocated",
      /Port 5000 of 127\.0\.0\.1 is taken/,
      "stop what uses it",
    ],
    ["error while mounting volume: no such device", /no such device/, "private-registry up lab"],
  ])("what the engine could not start is explained everywhere: %s", async (said, message, remedy) => {
    const lab = await deployed();
    await lab.engine.containers.stop(lab.container("registry"), 128);
    lab.container("registry").error = said;
    for (const command of ["status", "verify", "logs"]) {
      const { out, err } = await lab.run(command, "lab", ...(command === "logs" ? ["--no-follow"] : []));
      expect(`${out}${err}`, command).toMatch(message);
      expect(`${out}${err}`, command).toContain(remedy);
    }
    expect((await json(lab)).drift).toContain(`lab-registry does not run: ${said}`);
  });

  test("drift: what the environment file says now, not what was applied", async () => {
    const lab = await deployed();
    lab.writeEnvironment({ registry: { readOnly: true } });
    expect((await json(lab)).drift).toEqual([
      expect.stringMatching(/configuration storage\.maintenance\.readonly\.enabled is absent/),
    ]);
  });

  test("drift: none after a deployment with what is worked out, filled in or kept elsewhere; no secret is shown", async () => {
    const notifications = (headers: object) => ({
      endpoints: [{ name: "hook", url: "https://hook.example.com", ...headers }],
    });
    const signature = "only-the-hook-knows";
    const lab = await fresh({
      environment: {
        registry: {
          headers: { "X-A.b": ["$${x} %{y}"] },
          proxy: { remoteUrl: "https://hub.example.com", username: "somebody" },
          notifications: notifications({ headersFromVariables: { "X-Signature": "hook_signature" } }),
        },
      },
    });
    const { env } = lab.process as unknown as NodeJS.Process;
    Object.assign(env, { TF_VAR_hook_signature: signature, TF_VAR_registry_proxy_password: "of-somebody" });
    await lab.must("up", "lab", "--yes");
    expect(lab.container("registry").files.get("/etc/distribution/config.yml")).toContain(signature);
    expect((await json(lab)).drift).toEqual([]);
    lab.writeEnvironment({
      registry: {
        headers: { "X-A.b": ["other"] },
        proxy: { remoteUrl: "https://hub.example.com", username: "somebody" },
        notifications: notifications({ headers: { "X-Signature": ["plain"] } }),
      },
    });
    const { drift } = await json(lab);
    expect(drift).toEqual([
      "configuration http.headers.X-A.b.0 is set, should be another",
      "configuration notifications.endpoints.0.headers.X-Signature.0 is set, should be another",
    ]);
    expect(JSON.stringify(drift)).not.toContain(signature);
  });

  test("an engine that is not there is a failure, not an empty list", async () => {
    const lab = await deployed();
    await lab.engine.close();
    const { error } = await lab.run("status", "lab");
    expect(error).toMatchObject({ name: "Failure", message: expect.stringContaining(lab.dockerHost) });
    await lab.engine.listen(lab.path("docker.sock"));
  });
});
