import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { eventually, freePort, run } from "../support/process";
import { describeUnless } from "../support/tools";
import { Client } from "./support/client";
import { docker } from "./support/deployment";
import { findNeeds, toolEnvironment } from "./support/needs";

const CLI = resolve(__dirname, "../../bin/private-registry.js");
const NAME = "mig-disk";
const OLD = `${NAME}-old`;

describe("migration of a registry that keeps its images in a directory", async () => {
  const needs = await findNeeds();

  describeUnless(needs.missing, "on Docker Engine, by Terraform", () => {
    const directory = mkdtempSync(join(tmpdir(), "migration-"));
    let port: number;
    let password = "";

    const ask = (path: string) =>
      fetch(`http://127.0.0.1:${port}/v2/${path}`, {
        headers: {
          Accept: "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json",
          ...(password && { Authorization: `Basic ${btoa(`admin:${password}`)}` }),
        },
        signal: AbortSignal.timeout(5_000),
      });
    const digest = async (image: string, tag: string) =>
      (await ask(`${image}/manifests/${tag}`)).headers.get("docker-content-digest");

    beforeAll(async () => {
      port = await freePort();
      mkdirSync(join(directory, "old"));
      const configuration = { version: "0.1", storage: { filesystem: {} }, http: { addr: ":5000" } };
      writeFileSync(join(directory, "old/config.yml"), stringify(configuration));
      const hub = {
        image: needs.images.distribution,
        container_name: OLD,
        ports: [`127.0.0.1:${port}:5000`],
        volumes: ["./config.yml:/etc/distribution/config.yml", "images:/var/lib/registry"],
      };
      writeFileSync(
        join(directory, "old/docker-compose.yml"),
        stringify({ services: { hub }, volumes: { images: {} } }),
      );
      const mounts = [
        "-v",
        `${join(directory, "old/config.yml")}:/etc/distribution/config.yml:ro`,
        "-v",
        "/var/lib/registry",
      ];
      await docker("run", "-d", "--name", OLD, "-p", `127.0.0.1:${port}:5000`, ...mounts, needs.images.distribution);
      await eventually("the old registry answers", async () => (await ask("").catch(() => undefined))?.ok, 30_000);
      const client = new Client(`localhost:${port}`);
      for (const image of ["team/app:1", "team/app:2", "other:1"]) await client.push(needs.images.distribution, image);
    });
    afterAll(async () => {
      await docker("rm", "-f", "-v", OLD);
      const environment = { ...toolEnvironment(), TERRAFORM_BINARY_NAME: needs.terraform };
      const down = ["down", NAME, "--delete-data", "--confirm", NAME];
      await run("node", [CLI, ...down], { directory, environment, timeoutMs: 120_000 });
      await docker("rm", "-f", `${NAME}-import`);
      rmSync(directory, { recursive: true, force: true });
    });

    test("serves reads until the switch, and every tag has its digest afterwards", { timeout: 400_000 }, async () => {
      const tags = [
        ["team/app", "1"],
        ["team/app", "2"],
        ["other", "1"],
      ] as const;
      const before = await Promise.all(tags.map(([image, tag]) => digest(image, tag)));
      expect(before.every(Boolean)).toBe(true);
      const bin = join(directory, "bin");
      mkdirSync(bin);
      const yes = '[ "$1" != up ] || set -- "$@" --yes';
      writeFileSync(join(bin, "npx"), `#!/bin/sh\nshift\n${yes}\nexec node ${CLI} "$@"\n`);
      chmodSync(join(bin, "npx"), 0o755);
      const environment = {
        ...toolEnvironment(),
        TERRAFORM_BINARY_NAME: needs.terraform,
        PATH: `${bin}:${process.env.PATH}`,
      };
      const args = ["import", "compose", "old/docker-compose.yml", "--name", NAME];
      const imported = await run("node", [CLI, ...args], { directory, environment });
      expect(imported.code, imported.stderr).toBe(0);
      password = /^admin (\S+)$/m.exec(imported.stderr)?.[1] as string;
      const yaml = join(directory, "environments", `${NAME}.yaml`);
      writeFileSync(yaml, `${readFileSync(yaml, "utf8")}${stringify({ images: needs.images, docker: needs.docker })}`);

      let isOver = false;
      const answers: number[] = [];
      const reading = (async () => {
        while (!isOver) {
          answers.push((await ask("team/app/manifests/1").catch(() => undefined))?.status ?? 0);
          await sleep(50);
        }
      })();
      const script = await run("sh", ["-e", "-c", imported.stdout], { directory, environment, timeoutMs: 380_000 });
      isOver = true;
      await reading;
      expect(script.code, script.stdout + script.stderr).toBe(0);
      expect(script.stdout.match(/import: \d+ objects, [\d.]+ MB, all of them there/g)).toHaveLength(2);
      // The old one lets everybody in and the new one asks for the password that was given from the beginning.
      const firstRefusal = answers.findIndex((status) => status !== 200);
      console.log(
        `answered ${firstRefusal} times, then away for ${answers.filter((status) => status !== 200).length} of 50 ms`,
      );
      expect(firstRefusal).toBeGreaterThan(50);
      expect(answers.at(-1)).toBe(200);
      expect(await Promise.all(tags.map(([image, tag]) => digest(image, tag)))).toEqual(before);
      expect(await (await ask("_catalog")).json()).toEqual({ repositories: ["other", "team/app"] });
    });
  });
});
