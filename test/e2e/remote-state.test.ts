import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, freePort } from "../support/process";
import { S3StandIn } from "../support/s3-stand-in";
import { describeUnless, describeWithTools } from "../support/tools";
import { Machine } from "./cli-machine";
import { runningApply } from "./support/kill";
import { findNeeds } from "./support/needs";

const NAME = "cl-remote";
const KEYS = { accessKey: "stand-in", secretKey: "stand-in-secret" };

describe("an environment whose state is in S3, a stand-in for it", async () => {
  const needs = await findNeeds();

  describeUnless(needs.missing, "on Docker Engine, by Terraform", () => {
    describeWithTools("with a lock beside the state", ["versitygw"], (tools) => {
      const directory = mkdtempSync(join(tmpdir(), "e2e-state-"));
      let storage: S3StandIn;
      let machine: Machine;
      let port: number;

      const write = (realm: string) =>
        machine.write(NAME, port, {
          registry: { realm },
          state: {
            backend: "s3",
            bucket: "state",
            key: "registry.tfstate",
            region: "us-east-1",
            endpoint: storage.endpoint,
            forcePathStyle: true,
            encrypt: false,
            skipCredentialsValidation: true,
            skipMetadataApiCheck: true,
            skipRequestingAccountId: true,
          },
        });
      const objects = () => readdirSync(storage.bucketDirectory("state")).filter((name) => !name.startsWith("."));

      beforeAll(async () => {
        storage = await S3StandIn.start(tools.versitygw, directory, KEYS);
        mkdirSync(storage.bucketDirectory("state"));
        machine = new Machine(needs, { AWS_ACCESS_KEY_ID: KEYS.accessKey, AWS_SECRET_ACCESS_KEY: KEYS.secretKey });
        port = await freePort();
        write("first");
      });
      afterAll(async () => {
        await machine.remove(NAME);
        await storage.stop();
        rmSync(directory, { recursive: true });
      });

      test("is deployed, and leaves no lock", async () => {
        expect(await machine.expectCode(0, "up", NAME, "--yes")).toMatch(/0 failed/);
        expect(objects()).toEqual(["registry.tfstate"]);
      });

      test("whose apply is killed: the next up knows the lock as a dead process', and ends well", async () => {
        write("second");
        const up = machine.start(["up", NAME, "--yes"]);
        const isLocked = () => objects().includes("registry.tfstate.tflock");
        await eventually("the apply has the lock", async () => runningApply(machine, NAME) && isLocked(), 120_000);
        await sleep(300);
        process.kill(-(runningApply(machine, NAME)?.pid ?? 0), "SIGKILL");
        expect((await up.ended).code).not.toBe(0);
        expect(isLocked()).toBe(true);
        const said = await machine.expectCode(0, "up", NAME, "--yes");
        expect(said).toMatch(/which was killed: nobody holds it/);
        expect(said).toMatch(/0 failed/);
        expect(objects()).toEqual(["registry.tfstate"]);
      });
    });
  });
});
