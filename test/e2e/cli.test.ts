import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RegistryClient } from "../../operations/registry/client";
import { eventually, freePort, run } from "../support/process";
import { describeUnless } from "../support/tools";
import { docker, Machine } from "./cli-machine";
import { findNeeds } from "./support/needs";

const NAME = "cl-e2e";
const OTHER = "cl-e2e-stopped";

describe("the command line, end to end", async () => {
  const needs = await findNeeds();

  describeUnless(needs.missing, "on Docker Engine, by Terraform", () => {
    let machine: Machine;
    let port: number;
    let admin: { user: string; password: string };

    const status = async (login: { user: string; password: string }) => {
      const client = new RegistryClient({ url: `http://localhost:${port}`, login });
      return (await client.request("GET", "/v2/")).status;
    };

    beforeAll(async () => {
      machine = new Machine(needs);
      port = await freePort();
      machine.write(NAME, port);
    });
    afterAll(() => machine.remove(NAME, OTHER));

    test("up: from nothing to a verified registry, with the two lines that are needed next", async () => {
      const { code, stdout, stderr } = await machine.run(["up", NAME, "--yes"]);
      expect(code, stderr).toBe(0);
      expect(stderr).toMatch(/12 to create/);
      expect(stderr).toMatch(/verify +\d+ passed, 0 failed/);
      // In CI, as here, the password is printed by nothing but the command that asks for it.
      const [, url, login] = stdout.split("\n");
      const shown = await machine.run(["secrets", "show", NAME]);
      const [user = "", password = ""] = shown.stdout.trim().split(" ");
      admin = { user, password };
      expect(stdout + stderr).not.toContain(password);
      expect(await machine.expectCode(1, "secrets", "show", NAME)).toContain("is left to show");
      expect([url, login]).toEqual([`http://localhost:${port}`, `docker login localhost:${port}`]);
      expect(await status(admin)).toBe(200);
    });

    test("nothing secret is in log files, nor readable by others", () => {
      for (const value of Object.values(JSON.parse(machine.read("secrets", `${NAME}.tfvars.json`)) as object)) {
        for (const line of String(value).trim().split("\n")) expect(machine.logs).not.toContain(line);
      }
      expect(machine.logs).not.toContain(admin.password);
      const files = [
        "secrets",
        `secrets/${NAME}.tfvars.json`,
        `secrets/${NAME}.login.json`,
        ".private-registry",
        `state/${NAME}.tfstate`,
      ];
      for (const file of files) expect(statSync(machine.path(file)).mode & 0o077, file).toBe(0);
    });

    test("up again: nothing changes", async () => {
      expect(await machine.expectCode(0, "up", NAME, "--yes")).toMatch(/no changes/);
      await machine.expectCode(0, "plan", NAME);
    });

    test("users add, plan, apply: the new user gets in, and no request fails on the way", async () => {
      const { stdout } = await machine.run(["users", "add", NAME, "bob"]);
      const bob = { user: "bob", password: stdout.trim() };
      expect(await status(bob)).toBe(401);
      expect(await machine.expectCode(2, "plan", NAME)).toMatch(
        /replace docker_container\.htpasswd_file[^\n]*\n +file \/incoming\/htpasswd: changed/,
      );
      const seen: number[] = [];
      let polling = true;
      const poll = (async () => {
        while (polling) {
          seen.push(await status(admin).catch(() => 0));
          await sleep(20);
        }
      })();
      await machine.expectCode(0, "apply", NAME, "--yes");
      await eventually("bob gets in", async () => (await status(bob)) === 200);
      polling = false;
      await poll;
      expect(seen.length).toBeGreaterThan(20);
      expect(new Set(seen)).toEqual(new Set([200]));
      await machine.expectCode(1, "apply", NAME, "--yes");
    });

    test("apply refuses a plan that is out of date, and says why", async () => {
      await machine.expectCode(0, "users", "passwd", NAME, "bob");
      await machine.expectCode(2, "plan", NAME);
      await machine.expectCode(0, "secrets", "rotate", NAME, "registry_http_secret");
      expect(await machine.expectCode(1, "apply", NAME, "--yes")).toMatch(/is out of date[\s\S]*registry_http_secret/);

      await machine.expectCode(2, "plan", NAME);
      machine.write(NAME, port, { registry: { realm: "other" } });
      expect(await machine.expectCode(1, "apply", NAME, "--yes")).toMatch(/what environments\/[^\n]*changed/);

      expect(await machine.expectCode(2, "plan", NAME)).toMatch(/auth\.htpasswd\.realm: registry → other/);
      await run(needs.terraform, ["-chdir=cdktf.out/stacks/cl-e2e", "state", "rm", "docker_image.rustfs_image"], {
        directory: machine.directory,
      });
      expect(await machine.expectCode(1, "apply", NAME, "--yes")).toMatch(/the state is newer/);
      expect(await machine.expectCode(0, "up", NAME, "--yes")).toMatch(/0 failed/);
    });

    test("status tells what runs, and where it differs from the environment file", async () => {
      const { code, stdout } = await machine.run(["status", NAME, "--json"]);
      const seen = JSON.parse(stdout);
      expect(code, stdout).toBe(0);
      expect(seen.containers.map((one: { health: string }) => one.health)).toEqual(["healthy", "healthy"]);
      expect(seen.drift).toEqual([]);
      machine.write(NAME, port, { registry: { realm: "third", uploadsAtOnce: 16, memoryMb: 640 } });
      const text = await machine.expectCode(2, "status", NAME);
      expect(text).toMatch(/configuration auth\.htpasswd\.realm is other, should be third/);
      expect(text).toMatch(/memory \(MiB\) is \d+, should be 640/);
      machine.write(NAME, port, { registry: { realm: "other" } });
    });

    test("logs of one container, to their end", async () => {
      const { code, stdout } = await machine.run(["logs", NAME, "bucket-init", "--no-follow"]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/bucket-init: anonymous requests are refused/);
    });

    test("audit: who pushed and failed, kept in a folder once, with nothing secret", async () => {
      const kept = (await machine.run(["audit", NAME, "--to", "audit"])).stderr;
      expect(kept).toMatch(/The log begins at 20\S+Z; its container was made at 20\S+Z/);
      expect((await machine.run(["audit", NAME, "--to", "audit"])).stderr).toMatch(/^0 new events in audit$/m);
      const { stdout } = await machine.run(["audit", NAME, "--action", "push", "--user", "private-registry", "--json"]);
      const [first = "{}"] = stdout.split("\n");
      expect(JSON.parse(first)).toMatchObject({ action: "push", user: "private-registry", result: "ok", status: 201 });
      const files = readdirSync(machine.path("audit")).map((name) => readFileSync(machine.path("audit", name), "utf8"));
      expect(files.join("")).toContain(first);
      expect(files.join("")).not.toContain(admin.password);
    });

    test("verify finds a container that was stopped", async () => {
      await docker("stop", `${NAME}-rustfs`);
      const text = await machine.expectCode(2, "verify", NAME);
      expect(text).toMatch(/✗ container cl-e2e-rustfs is healthy: exited/);
      expect(await machine.expectCode(0, "up", NAME, "--yes")).toMatch(/0 failed/);
    });

    test("down wants the name, keeps protected data, and the next up finds it", async () => {
      await machine.expectCode(1, "down", NAME);
      await machine.expectCode(1, "down", NAME, "--confirm", "another");
      await docker(
        "run",
        "--rm",
        "--network",
        "none",
        "--volume",
        `${NAME}-rustfs-data:/data`,
        "--entrypoint",
        "touch",
        needs.images.distribution,
        "/data/kept",
      );
      expect(await machine.expectCode(0, "down", NAME, "--confirm", NAME)).toMatch(/Kept: volume cl-e2e-rustfs-data/);
      expect(
        await docker("ps", "--all", "--quiet", "--filter", `name=^${NAME}-(registry|rustfs|htpasswd|bucket-init)$`),
      ).toBe("");
      expect(await machine.expectCode(0, "up", NAME, "--yes")).toMatch(/11 to create/);
      await docker("exec", `${NAME}-rustfs`, "test", "-f", "/data/kept");
      expect(await status(admin)).toBe(200);
    });

    test("down --delete-data takes the data, though it is protected; without secrets too", async () => {
      await run("rm", ["-rf", "secrets"], { directory: machine.directory });
      expect(await machine.expectCode(0, "down", NAME, "--delete-data", "--confirm", NAME)).toMatch(
        /goes, with everything in it: volume cl-e2e-rustfs-data/,
      );
      expect(await docker("volume", "ls", "--quiet", "--filter", `name=${NAME}-rustfs-data`)).toBe("");
      expect(existsSync(machine.path("cdktf.out/stacks", `${NAME}.down`))).toBe(false);
    });

    test("an interrupted apply ends well, and the next up goes on", async () => {
      machine.write(OTHER, await freePort());
      const up = machine.start(["up", OTHER, "--yes"]);
      await eventually("a network is made", async () => /docker_network\.\w+ created/.test(up.stderr), 60_000);
      const { code, stderr } = await up.stop("SIGINT", 60_000);
      expect(code).toBe(130);
      expect(stderr).toMatch(/Stopped during apply: \d+ changes are done/);
      expect(existsSync(machine.path("state", `.${OTHER}.tfstate.lock.info`))).toBe(false);
      expect(await machine.expectCode(0, "up", OTHER, "--yes")).toMatch(/0 failed/);
    });
  });
});
