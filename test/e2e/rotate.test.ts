import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/process";
import { PushedImages } from "../support/pushed-images";
import { basic } from "../support/registry-process";
import { describeUnless } from "../support/tools";
import { docker, Machine } from "./cli-machine";
import { deriveOpenRegistry } from "./support/derived-images";
import { findNeeds } from "./support/needs";

const NAME = "rot-e2e";
/** Is healthy, and lets everybody in. */
const OPEN = "registry:rotate-test-open";
const ROTATE = ["secrets", "rotate", NAME];
const DEPLOY = ["--deploy", "--yes"];

describe("secrets rotate, end to end", async () => {
  const needs = await findNeeds();

  describeUnless(needs.missing, "on Docker Engine, by Terraform, with RustFS", () => {
    let machine: Machine;
    let images: PushedImages;
    let port: number;
    let login: Record<string, string>;

    const secrets = () => JSON.parse(machine.read("secrets", `${NAME}.tfvars.json`)) as Record<string, string>;
    const pulls = () => images.pull("team/app", "one");
    const isUnfinished = () => existsSync(machine.path("secrets", `${NAME}.rotation.json`));

    /** What RustFS answers to a key that lists the bucket. */
    const listsWith = (key = "", secret = "") =>
      docker(
        ...["exec", `${NAME}-rustfs`, "curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}"],
        ...["--aws-sigv4", "aws:amz:us-east-1:s3", "--user", `${key}:${secret}`],
        ...["--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD"],
        "http://127.0.0.1:9000/registry?list-type=2&max-keys=1",
      );
    const s3 = (of: Record<string, string>) => listsWith(of.registry_s3_access_key, of.registry_s3_secret_key);
    const root = (of: Record<string, string>) => listsWith(of.rustfs_root_access_key, of.rustfs_root_secret_key);

    const write = (more: Record<string, unknown> = {}) =>
      machine.write(NAME, port, { storage: { rustfs: { volume: { protect: false } } }, ...more });

    beforeAll(async () => {
      await deriveOpenRegistry(needs.images.distribution, OPEN);
      machine = new Machine(needs);
      port = await freePort();
      write();
      await machine.expectCode(0, "up", NAME, "--yes");
      const shown = await machine.run(["secrets", "show", NAME]);
      const [user = "", password = ""] = shown.stdout.trim().split(" ");
      login = basic(user, password);
      images = new PushedImages(() => `http://localhost:${port}`, login);
      await images.image("team/app", "one", ["one"]);
    });
    afterAll(async () => {
      await machine.remove(NAME);
      await docker("image", "rm", "--force", OPEN);
    });

    test("the S3 key: a new user, and the old one is refused at the end", async () => {
      const before = secrets();
      const said = await machine.expectCode(0, ...ROTATE, "registry_s3_secret_key", ...DEPLOY);
      expect(said).toContain(`The old S3 user ${before.registry_s3_access_key} was removed from RustFS`);
      expect(secrets().registry_s3_access_key).not.toBe(before.registry_s3_access_key);
      expect([await s3(before), await s3(secrets())]).toEqual(["403", "200"]);
      expect(await pulls()).toEqual([]);
    });

    test("the secret of uploads: what is under way is refused, what begins anew is taken", async () => {
      const location = await images.beginUpload("team/app");
      const before = secrets();
      await machine.expectCode(0, ...ROTATE, "registry_http_secret", ...DEPLOY);
      expect(secrets().registry_http_secret).not.toBe(before.registry_http_secret);
      const headers = { ...login, "content-type": "application/octet-stream" };
      const { status } = await fetch(location, { method: "PATCH", headers, body: "more" });
      expect(status).toBe(404);
      await images.image("team/app", "after", ["after"]);
    });

    test("the root pair: users, policy and images stay, and the old pair is refused", async () => {
      const before = secrets();
      await machine.expectCode(0, ...ROTATE, "rustfs_root_access_key", "rustfs_root_secret_key", ...DEPLOY);
      expect([await root(before), await root(secrets()), await s3(before)]).toEqual(["403", "200", "200"]);
      expect(await pulls()).toEqual([]);
    });

    test("killed when the new ones are applied: the next run goes on with them", async () => {
      const before = secrets();
      const killed = machine.start([...ROTATE, "registry_s3_access_key", ...DEPLOY]);
      while (!killed.stderr.includes("✓ apply")) await sleep(20);
      await killed.stop("SIGKILL");
      const rotated = secrets();
      expect([await s3(before), await s3(rotated), await pulls()]).toEqual(["200", "200", []]);
      expect(await machine.expectCode(2, "status", NAME)).toContain(`private-registry secrets rotate ${NAME} --deploy`);
      expect(await machine.expectCode(1, ...ROTATE, "registry_http_secret")).toContain("is not finished");
      await machine.expectCode(0, ...ROTATE, ...DEPLOY);
      expect(secrets()).toEqual(rotated);
      expect([await s3(before), await s3(rotated), isUnfinished()]).toEqual(["403", "200", false]);
    });

    test("what does not pass goes back to the old ones", async () => {
      const before = secrets();
      write({ images: { ...needs.images, distribution: OPEN } });
      const said = await machine.expectCode(1, ...ROTATE, ...DEPLOY);
      expect(said).toContain(
        `${NAME} runs with its old secrets again, and all checks that passed before the change pass`,
      );
      expect(secrets()).toEqual(before);
      expect([await s3(before), await root(before), await pulls()]).toEqual(["200", "200", []]);
      expect(isUnfinished()).toBe(false);
      write();
      expect(await machine.expectCode(0, "plan", NAME)).toContain("no changes");
    });
  });
});
