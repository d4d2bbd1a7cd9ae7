import { rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/process";
import { describeUnless } from "../support/tools";
import { docker, Machine } from "./cli-machine";
import { findNeeds } from "./support/needs";

const NAME = "cl-broken";

describe("what the command line says when something is broken", async () => {
  const needs = await findNeeds();

  describeUnless(needs.missing, "on Docker Engine, by Terraform", () => {
    let machine: Machine;
    let port: number;

    beforeAll(async () => {
      machine = new Machine(needs);
      port = await freePort();
    });
    afterAll(() => {
      machine.write(NAME, port);
      return machine.remove(NAME);
    });

    const up = () => machine.expectCode(1, "up", NAME, "--yes");

    test("Docker is not running", async () => {
      machine.write(NAME, port, { docker: { host: "unix:///nonexistent/docker.sock" } });
      const said = await up();
      expect(said).toMatch(
        /Docker does not answer at unix:\/\/\/nonexistent\/docker\.sock: most likely it is not running/,
      );
      expect(said).not.toMatch(/^ +at /m);
    });

    test("a process has the port", async () => {
      machine.write(NAME, port);
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
      expect(await up()).toMatch(new RegExp(`Port ${port} of 127.0.0.1 is taken by process ${process.pid} `));
      await new Promise((resolve) => server.close(resolve));
    });

    test("a container that is not ours has the name", async () => {
      await docker("create", "--name", `${NAME}-rustfs`, needs.images.distribution);
      expect(await up()).toMatch(/A container called cl-broken-rustfs exists and is not cl-broken's/);
      await docker("rm", `${NAME}-rustfs`);
    });

    test.for([
      ["limited", 429, "TOOMANYREQUESTS", /too many pulls[\s\S]*images\.mirror/],
      ["absent", 404, "MANIFEST_UNKNOWN", /There is no image/],
    ] as const)("the image's registry says: %s", async ([, code, error, expected]) => {
      const server = createHttpServer((request, response) => {
        response.statusCode = request.url === "/v2/" ? 200 : code;
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ errors: [{ code: error, message: error.toLowerCase().replace("_", " ") }] }));
      });
      const at = await freePort();
      await new Promise<void>((resolve) => server.listen(at, "127.0.0.1", resolve));
      machine.write(NAME, port, { images: { ...needs.images, distribution: `localhost:${at}/registry:1` } });
      expect(await up()).toMatch(expected);
      await new Promise((resolve) => server.close(resolve));
    });

    test("the provider cannot be had", async () => {
      machine.write(NAME, port);
      const environment = {
        HOME: machine.path("nowhere"),
        HTTPS_PROXY: "http://127.0.0.1:9",
        XDG_DATA_DIRS: machine.path("nowhere"),
      };
      await machine.run(["down", NAME, "--confirm", NAME]);
      rmSync(machine.path("cdktf.out"), { recursive: true, force: true });
      const { code, stderr } = await machine.run(["plan", NAME], { environment });
      expect(code).toBe(1);
      expect(stderr).toMatch(/cannot get the Docker provider/);
    });

    test("the bucket job fails: its own line, and the next up repairs it", async () => {
      machine.write(NAME, port);
      await machine.run(["secrets", "init", NAME]);
      const good = machine.read("secrets", `${NAME}.tfvars.json`);
      const secrets = JSON.parse(good);
      const { writeSecrets } = await import("../../operations/secrets/file.js");
      const file = machine.path("secrets", `${NAME}.tfvars.json`);
      writeSecrets(file, { ...secrets, registry_s3_access_key: secrets.rustfs_root_access_key });
      expect(await up()).toMatch(
        /The job that prepares the bucket failed: registry_s3_access_key must not be RustFS's root key/,
      );
      writeSecrets(file, secrets);
      expect(await machine.expectCode(0, "up", NAME, "--yes")).toMatch(/0 failed/);
    });

    test("protected data would be destroyed", async () => {
      machine.write(NAME, port, { storage: { rustfs: { volume: { name: `${NAME}-another` } } } });
      expect(await machine.expectCode(1, "plan", NAME)).toMatch(
        /would destroy docker_volume\.rustfs_data, which is protected; nothing was changed/,
      );
      machine.write(NAME, port);
    });

    test("the state was cut off", async () => {
      const { truncateSync, copyFileSync } = await import("node:fs");
      const state = machine.path("state", `${NAME}.tfstate`);
      copyFileSync(state, `${state}.good`);
      truncateSync(state, 2000);
      expect(await machine.expectCode(1, "plan", NAME)).toMatch(/The state of cl-broken cannot be read/);
      copyFileSync(`${state}.good`, state);
    });

    test("bad usage", async () => {
      expect(await machine.expectCode(64, "up")).toMatch(/missing required argument/);
      expect(await machine.expectCode(64, "down", NAME, "--force")).toMatch(/unknown option/);
      expect(await machine.expectCode(1, "up", "other")).toMatch(/there is no environment other/);
    });
  });
});
