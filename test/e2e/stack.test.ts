import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changeUsers } from "../../operations/secrets/secrets";
import { eventually, freePort } from "../support/process";
import { describeUnless } from "../support/tools";
import { Client, poll } from "./support/client";
import { Deployment, docker } from "./support/deployment";
import { findNeeds } from "./support/needs";

describe("end to end", async () => {
  const needs = await findNeeds();

  describeUnless(needs.missing, "the stack on Docker Engine, by Terraform", () => {
    const NAME = "e2e-stack";
    const environment = (port: number, more: object = {}) => ({
      registry: { host: "localhost", publish: { port }, ...more },
      storage: { rustfs: { volume: { protect: false } } },
    });
    let stack: Deployment;
    let client: Client;
    let imageId: string;

    const inspect = async (noun: string) => JSON.parse((await docker("inspect", `${NAME}-${noun}`)).stdout)[0];
    const health = async (noun: string) => (await inspect(noun)).State.Health.Status;
    const status = (user: string, password: string) =>
      fetch(`${stack.url}/v2/`, { headers: { Authorization: `Basic ${btoa(`${user}:${password}`)}` } }).then(
        (r) => r.status,
      );

    beforeAll(async () => {
      const port = await freePort();
      stack = new Deployment(needs, NAME, port, environment(port));
      client = new Client(`localhost:${port}`);
    });
    afterAll(() => stack.remove());

    test("is up after one apply, everything healthy", async () => {
      await stack.synthesize();
      await stack.terraform("version");
      const begin = Date.now();
      const applied = await stack.terraform("apply", "-auto-approve", `-var-file=${stack.secretsFile}`);
      console.log(`terraform apply: ${((Date.now() - begin) / 1000).toFixed(1)} s`);
      expect(applied.stderr).toBe("");
      expect(await Promise.all(["registry", "rustfs"].map(health))).toEqual(["healthy", "healthy"]);
      expect((await inspect("bucket-init")).State).toMatchObject({ Status: "exited", ExitCode: 0 });
      expect(applied.stdout).toContain(`login_command = "docker login localhost:${stack.port}"`);
    });

    test("has nothing to change in a second plan", async () => {
      const plan = await stack.plan();
      expect(plan.changes).toEqual([]);
      expect(plan.exitCode).toBe(0);
    });

    test("takes a login, a push and a pull", async () => {
      expect((await client.login(stack.user.name, "wrong")).code).not.toBe(0);
      expect((await client.login(stack.user.name, stack.user.password)).code).toBe(0);
      await client.push(needs.images.distribution, "team/image:1");
      imageId = await client.pull("team/image:1");
      expect(imageId).toMatch(/^sha256:/);
    });

    test("refuses whoever does not log in", async () => {
      expect((await fetch(`${stack.url}/v2/`)).status).toBe(401);
      expect((await fetch(`${stack.url}/v2/_catalog`)).status).toBe(401);
      expect(await status(stack.user.name, "wrong")).toBe(401);
    });

    test("shows no secret in docker inspect, in what Terraform reads, or in a plan", async () => {
      const plan = await stack.plan();
      const inspected = await Promise.all(
        ["registry", "rustfs", "bucket-init", "htpasswd"].map((noun) => docker("inspect", `${NAME}-${noun}`)),
      );
      const logs = await Promise.all(
        ["registry", "rustfs", "bucket-init", "htpasswd"].map((noun) => docker("logs", `${NAME}-${noun}`)),
      );
      const everything = [
        plan.text,
        stack.synthesized,
        ...[...inspected, ...logs].map((r) => r.stdout + r.stderr),
      ].join();
      // The access key of a user is in the policy's requests; the secrets are what nobody may see.
      for (const name of ["rustfs_root_secret_key", "registry_s3_secret_key", "registry_http_secret"]) {
        expect(everything).not.toContain(stack.secrets[name]);
      }
      expect(everything).not.toContain(stack.secrets.registry_htpasswd?.split(":")[1]?.trim());
    });

    test("gives the registry its own key, and S3 to nobody else", async () => {
      const files = await docker(
        "exec",
        `${NAME}-registry`,
        "sh",
        "-c",
        "cat /run/secrets/* /etc/distribution/config.yml",
      );
      expect(files.stdout).toContain(stack.secrets.registry_s3_secret_key);
      expect(files.stdout).not.toContain(stack.secrets.rustfs_root_secret_key);
      expect(files.stdout).not.toContain(stack.secrets.rustfs_root_access_key);
      const ask = (path: string) =>
        docker(
          "exec",
          `${NAME}-rustfs`,
          "curl",
          "-s",
          "-o",
          "/dev/null",
          "-w",
          "%{http_code}",
          `http://127.0.0.1:9000${path}`,
        );
      expect((await ask("/registry")).stdout).toBe("403");
      expect((await ask("/registry?list-type=2")).stdout).toBe("403");
      expect(
        Object.keys((await inspect("rustfs")).NetworkSettings.Ports).filter(Boolean).length === 0 ||
          (await docker("port", `${NAME}-rustfs`)).stdout === "",
      ).toBe(true);
    });

    test("keeps the image when every container is restarted", async () => {
      for (const noun of ["rustfs", "registry", "bucket-init", "htpasswd"]) {
        expect((await docker("restart", `${NAME}-${noun}`)).code).toBe(0);
      }
      await eventually(
        "both healthy again",
        async () => (await health("registry")) === "healthy" && (await health("rustfs")) === "healthy",
        60_000,
      );
      expect(await client.pull("team/image:1")).toBe(imageId);
    });

    test("keeps the image when every container is replaced", async () => {
      const before = await Promise.all(
        ["registry", "rustfs", "bucket-init", "htpasswd"].map(async (noun) => (await inspect(noun)).Id),
      );
      const replaced = ["distribution", "rustfs", "bucket_init", "htpasswd_file"].map(
        (id) => `-replace=docker_container.${id}`,
      );
      expect((await stack.apply(...replaced)).stderr).toBe("");
      const after = await Promise.all(
        ["registry", "rustfs", "bucket-init", "htpasswd"].map(async (noun) => (await inspect(noun)).Id),
      );
      expect(after.filter((id) => before.includes(id))).toEqual([]);
      expect(await client.pull("team/image:1")).toBe(imageId);
      expect((await docker("logs", `${NAME}-bucket-init`)).stdout).toContain("bucket registry exists");
    });

    test("adds a user without a restart and without a failed request", async () => {
      const started = (await inspect("registry")).State.StartedAt;
      const polled = poll(`${stack.url}/v2/`, `${stack.user.name}:${stack.user.password}`);
      expect(await status("bob", "a long password")).toBe(401);
      changeUsers(stack.secretsFile, (users) => users.with("bob", "a long password"));
      const plan = await stack.plan();
      expect(plan.changes.map(({ address }) => address)).toEqual(["docker_container.htpasswd_file"]);
      expect((await stack.apply()).stderr).toBe("");
      await eventually("bob may log in", async () => (await status("bob", "a long password")) === 200, 5_000);
      polled.stop();
      expect(polled.statuses.length).toBeGreaterThan(10);
      expect(new Set(polled.statuses)).toEqual(new Set([200]));
      expect((await inspect("registry")).State.StartedAt).toBe(started);
    });

    test("shows exactly the configuration key that changes", async () => {
      stack.write(environment(stack.port, { log: { level: "debug" } }));
      const plan = await stack.plan();
      expect(plan.changes.map(({ address }) => address).sort()).toEqual([
        "docker_container.distribution",
        "null_resource.distribution_config",
      ]);
      const shown = plan.changes.find(({ address }) => address.startsWith("null_resource"));
      const [before, after] = [shown?.before, shown?.after].map((value) => value?.triggers as Record<string, string>);
      const changed = Object.keys({ ...before, ...after }).filter((key) => before?.[key] !== after?.[key]);
      expect(changed).toEqual(["log.level"]);
      expect(plan.text).toMatch(/~ "log\.level" += "info" -> "debug"/);
      expect((await stack.apply()).stderr).toBe("");
      expect(await client.pull("team/image:1")).toBe(imageId);
    });

    test("fails the apply when the bucket job fails, says why, and repairs it next time", async () => {
      const key = stack.secrets.registry_s3_access_key ?? "";
      stack.changeSecrets({ registry_s3_access_key: stack.secrets.rustfs_root_access_key ?? "" });
      const failed = await stack.apply();
      expect(failed.code).toBe(1);
      expect(failed.stdout + failed.stderr).toContain(
        "bucket-init: failed: registry_s3_access_key must not be RustFS's root key",
      );
      stack.changeSecrets({ registry_s3_access_key: key });
      expect((await stack.apply()).stderr).toBe("");
      expect((await stack.plan()).changes).toEqual([]);
      expect(await client.pull("team/image:1")).toBe(imageId);
    });

    test("leaves nothing when it is destroyed, for its data is not protected", async () => {
      expect((await stack.destroy()).code).toBe(0);
      const left = await Promise.all(
        [
          ["ps", "-a"],
          ["volume", "ls"],
          ["network", "ls"],
        ].map((kind) => docker(...kind, "--filter", `name=${NAME}-`, "--quiet")),
      );
      expect(left.map(({ stdout }) => stdout)).toEqual(["", "", ""]);
    });
  });

  describeUnless(needs.missing, "protected data on Docker Engine, by Terraform", () => {
    const NAME = "e2e-protected";
    let stack: Deployment;

    beforeAll(async () => {
      const port = await freePort();
      stack = new Deployment(needs, NAME, port, { registry: { host: "localhost", publish: { port } } });
    });
    afterAll(() => stack.remove());

    test("outlives a destroy, and is found again by the next apply", async () => {
      const client = new Client(`localhost:${stack.port}`);
      expect((await stack.apply()).stderr).toBe("");
      await client.login(stack.user.name, stack.user.password);
      await client.push(needs.images.distribution, "team/image:1");

      const refused = await stack.destroy();
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(/instance cannot be destroyed/i);
      expect((await client.pull("team/image:1")).length).toBeGreaterThan(0);

      // What the guide says: let go of the volume, then destroy the rest.
      await stack.terraform("state", "rm", "docker_volume.rustfs_data");
      expect((await stack.destroy()).code).toBe(0);
      const volumes = await docker("volume", "ls", "--filter", `name=${NAME}-`, "--format", "{{.Name}}");
      expect(volumes.stdout.trim()).toBe(`${NAME}-rustfs-data`);

      expect((await stack.apply()).stderr).toBe("");
      expect((await client.pull("team/image:1")).length).toBeGreaterThan(0);
    });
  });
});
