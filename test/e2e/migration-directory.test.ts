import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { Htpasswd } from "../../constructs";
import { RegistryClient } from "../../operations/registry/client";
import { Availability } from "../support/availability";
import { eventually, freePort, run } from "../support/process";
import { pushImages } from "../support/push-images";
import { describeUnless, onPath } from "../support/tools";
import { docker } from "./support/deployment";
import { findNeeds, toolEnvironment } from "./support/needs";
import { shims } from "./support/shims";

const CLI = resolve(__dirname, "../../bin/private-registry.js");
const USER = { name: "alice", password: "wonderland in May" };
const NAME = "mig-dir";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

describe("migration from a file system", async () => {
  const needs = await findNeeds();
  const missing = needs.missing ?? (onPath("docker-compose") ? undefined : "no docker-compose on PATH");

  describeUnless(missing, "a registry that keeps its images in a folder of the host, run for real", () => {
    const directory = mkdtempSync(join(tmpdir(), "migration-"));
    const file = join(directory, "old/docker-compose.yml");
    const pushed: string[] = [];
    let port: number;
    let client: RegistryClient;

    const compose = (...args: string[]) =>
      run("docker-compose", ["-p", "mig-dir-old", "-f", file, ...args], {
        environment: toolEnvironment(),
        timeoutMs: 180_000,
      });
    const manifest = async (reference: string) => {
      const [repository, name] = reference.split(/[@:](?=sha256:|v\d)/);
      const answer = await client.request("GET", `/v2/${repository}/manifests/${name}`, {
        headers: { accept: MANIFEST },
      });
      return { status: answer.status, body: answer.body.toString() };
    };

    beforeAll(async () => {
      port = await freePort();
      mkdirSync(join(directory, "old"));
      writeFileSync(join(directory, "old/htpasswd"), Htpasswd.empty.with(USER.name, USER.password).toString());
      writeFileSync(
        join(directory, "old/config.yml"),
        stringify({
          version: "0.1",
          storage: { filesystem: { rootdirectory: "/images" }, delete: { enabled: true } },
          http: { addr: ":5000" },
          auth: { htpasswd: { realm: "old", path: "/auth/htpasswd" } },
        }),
      );
      const hub = {
        image: needs.images.distribution,
        ports: [`127.0.0.1:${port}:5000`],
        volumes: ["./data:/images", "./config.yml:/etc/distribution/config.yml:ro", "./htpasswd:/auth/htpasswd:ro"],
        command: "/etc/distribution/config.yml",
      };
      writeFileSync(file, stringify({ version: "3", services: { hub } }));
      const up = await compose("up", "-d");
      if (up.code !== 0) throw new Error(up.stderr);
      const login = { user: USER.name, password: USER.password };
      client = new RegistryClient({ url: `http://127.0.0.1:${port}`, login, timeoutMs: 120_000 });
      await eventually(
        "it answers",
        async () => (await client.request("GET", "/v2/").catch(() => undefined))?.status === 200,
        60_000,
      );
      for (const repository of ["team/a", "team/b", "deep/er/path"])
        pushed.push(...(await pushImages(client, { repository, images: 4, layers: 3, bytes: 2e5 })));
      pushed.push(...(await pushImages(client, { repository: "big", images: 1, layers: 1, bytes: 3e8 })));
    });
    afterAll(async () => {
      await compose("down", "-v");
      for (const noun of ["registry", "rustfs", "bucket-init", "htpasswd", "import"])
        await docker("rm", "-f", `${NAME}-${noun}`);
      for (const volume of ["rustfs-data", "auth"]) await docker("volume", "rm", "-f", `${NAME}-${volume}`);
      for (const network of ["edge", "storage"]) await docker("network", "rm", `${NAME}-${network}`);
      rmSync(directory, { recursive: true, force: true });
    });

    test("the printed commands bring everything over, while clients read and push", { timeout: 400_000 }, async () => {
      const environment = { ...toolEnvironment(), PATH: shims(directory) };
      const imported = await run(
        "node",
        [CLI, "import", "compose", "old/docker-compose.yml", "--name", NAME, "--project", "mig-dir-old"],
        {
          directory,
          environment,
        },
      );
      expect(imported.code, imported.stderr).toBe(0);
      const yaml = join(directory, "environments", `${NAME}.yaml`);
      writeFileSync(yaml, `${readFileSync(yaml, "utf8")}${stringify({ images: needs.images, docker: needs.docker })}`);
      const readers = new Availability(`http://127.0.0.1:${port}`);
      const stop = new AbortController();
      // Somebody goes on pushing until the old registry ends; what was answered with 201 must be in the new one.
      const pushing = (async () => {
        for (let n = 0; n < 1000 && !stop.signal.aborted; n++) {
          const done = await pushImages(client, { repository: `late/${n}`, images: 1, layers: 1, bytes: 5e4 }).catch(
            () => undefined,
          );
          if (!done) return;
          pushed.push(...done);
        }
      })();
      const script = await run("sh", ["-e", "-c", imported.stdout], { directory, environment, timeoutMs: 380_000 });
      stop.abort();
      const { longestRefusalMs } = await readers.end();
      await pushing;
      console.log(
        `${script.stdout.match(/^import: .*$/gm)?.join("\n")}\n${pushed.length} images, no answer for ${(longestRefusalMs / 1000).toFixed(1)} s`,
      );
      expect(script.code, script.stdout + script.stderr).toBe(0);
    });

    test("every tag and digest that was pushed is served, layers too", async () => {
      expect(pushed.length).toBeGreaterThan(13);
      for (const reference of pushed) {
        const { status, body } = await manifest(reference);
        expect(status, reference).toBe(200);
        for (const { digest, size } of JSON.parse(body).layers) {
          const layer = await client.request("HEAD", `/v2/${reference.split("@")[0]}/blobs/${digest}`);
          expect([layer.status, Number(layer.headers["content-length"])], digest).toEqual([200, size]);
        }
      }
      expect((await manifest("team/a:v3")).status).toBe(200);
    });

    test("the old folder is as it was, and nothing of the copy is left", async () => {
      expect((await docker("inspect", `${NAME}-import`)).code).not.toBe(0);
      expect((await run("ls", [join(directory, "old/data/docker/registry/v2")])).stdout).toContain("blobs");
    });
  });
});
