import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { eventually, run } from "../support/process";
import { describeUnless, onPath } from "../support/tools";
import { Client } from "./support/client";
import { docker } from "./support/deployment";
import { findNeeds, toolEnvironment } from "./support/needs";
import { shims } from "./support/shims";

const RECIPE = resolve(__dirname, "../operations/compose/recipe");
const CLI = resolve(__dirname, "../../bin/private-registry.js");
const USER = { name: "alice", password: "wonderland in May" };
const NAME = "mig-new";
const PORT = 18_610;
const FILL_PORT = 18_612;

describe("migration", async () => {
  const needs = await findNeeds();
  const missing = needs.missing ?? (onPath("docker-compose") ? undefined : "no docker-compose on PATH");

  describeUnless(
    missing,
    "the recipe's compose file, run for real; with this machine's images, other names and ports, and its mc job replaced by RustFS's image with curl, for minio/mc is gone",
    () => {
      const directory = mkdtempSync(join(tmpdir(), "migration-"));
      const file = join(directory, "old/docker-compose.yml");
      const client = new Client(`localhost:${PORT}`);
      const compose = (...args: string[]) =>
        run("docker-compose", ["-p", "mig-old", "-f", file, ...args], {
          environment: toolEnvironment(),
          timeoutMs: 180_000,
        });
      const ask = (path: string, init: RequestInit = {}) =>
        fetch(`http://127.0.0.1:${PORT}/v2/${path}`, {
          ...init,
          headers: { Authorization: `Basic ${btoa(`${USER.name}:${USER.password}`)}`, ...init.headers },
        });
      const manifest = async (reference: string) => {
        const answer = await ask(`team/image/manifests/${reference}`, { headers: { Accept: `${MANIFEST}, ${INDEX}` } });
        return {
          status: answer.status,
          digest: answer.headers.get("docker-content-digest"),
          text: await answer.text(),
        };
      };
      let before: Awaited<ReturnType<typeof manifest>>[];
      let imageId: string;

      beforeAll(async () => {
        cpSync(RECIPE, dirname(file), { recursive: true });
        writeFileSync(file, stringify(runnable(parse(readFileSync(file, "utf8")), needs.images)));
        const up = await compose("up", "-d");
        if (up.code !== 0) throw new Error(up.stderr);
        // Its registry starts before the bucket is there, and answers 503 until then.
        await eventually(
          "the old registry answers",
          async () => (await ask("").catch(() => undefined))?.status === 200,
          60_000,
        );
        await fill(["team/image:1", "team/image:2"]);
        await client.login(USER.name, USER.password);
        const index = await putIndex(await manifest("1"));
        expect(index.status).toBe(201);
        before = await Promise.all(["1", "2", "all-platforms"].map(manifest));
      });
      afterAll(async () => {
        await docker("rm", "-f", "-v", "mig-old-fill");
        await compose("down", "-v");
        for (const noun of ["registry", "rustfs", "bucket-init", "htpasswd", "import"]) {
          await docker("rm", "-f", `${NAME}-${noun}`);
        }
        for (const volume of ["rustfs-data", "auth"]) await docker("volume", "rm", "-f", `${NAME}-${volume}`);
        for (const network of ["edge", "storage"]) await docker("network", "rm", `${NAME}-${network}`);
        rmSync(directory, { recursive: true, force: true });
      });

      /**
       * Docker cannot push to the recipe from outside: it asks for each layer afterwards, and is sent to `http://rustfs:9000`.
       * People get along with a line in /etc/hosts; here a second registry on the same bucket answers itself.
       */
      const fill = async (names: string[]) => {
        const { environment } = parse(readFileSync(file, "utf8")).services.registry;
        const variables = Object.entries({ ...environment, REGISTRY_STORAGE_REDIRECT_DISABLE: "true" }).flatMap(
          ([name, value]) => ["-e", `${name}=${String(value).replace(/\$\{.*:-(.*)\}/, "$1")}`],
        );
        const publish = ["-p", `127.0.0.1:${FILL_PORT}:5000`, "-v", `${dirname(file)}/auth:/auth:ro`];
        const where = ["--name", "mig-old-fill", "--network", "mig-old_registry"];
        await docker("run", "-d", ...where, ...publish, ...variables, needs.images.distribution);
        const filler = new Client(`localhost:${FILL_PORT}`);
        await eventually(
          "the filling registry lets in",
          async () => (await filler.login(USER.name, USER.password)).code === 0,
        );
        for (const name of names) await filler.push(needs.images.distribution, name);
        await docker("rm", "-f", "-v", "mig-old-fill");
      };
      const putIndex = ({ digest, text }: { digest: string | null; text: string }) =>
        ask("team/image/manifests/all-platforms", {
          method: "PUT",
          headers: { "Content-Type": INDEX },
          body: JSON.stringify({
            schemaVersion: 2,
            mediaType: INDEX,
            manifests: [
              {
                mediaType: MANIFEST,
                size: Buffer.byteLength(text),
                digest,
                platform: { architecture: "amd64", os: "linux" },
              },
            ],
          }),
        });

      test("cannot be pulled from outside, so that images have to come over another way", async () => {
        expect(before.map(({ status }) => status)).toEqual([200, 200, 200]);
        const [layer] = JSON.parse(before[0]?.text ?? "").layers;
        const answer = await ask(`team/image/blobs/${layer.digest}`, { redirect: "manual" });
        expect(answer.status).toBe(307);
        expect(answer.headers.get("location")).toMatch(/^http:\/\/rustfs:9000\//);
      });

      test("is imported, and the printed commands bring everything over", { timeout: 400_000 }, async () => {
        const environment = { ...toolEnvironment(), PATH: shims(directory) };
        const imported = await run("node", [CLI, "import", "compose", "old/docker-compose.yml", "--name", NAME], {
          directory,
          environment,
        });
        expect(imported.stderr).toContain("never start or restart mc again");
        expect(imported.code).toBe(0);
        // This machine may have the images by their tags only, and an older engine.
        const yaml = join(directory, "environments", `${NAME}.yaml`);
        writeFileSync(
          yaml,
          `${readFileSync(yaml, "utf8")}${stringify({ images: needs.images, docker: needs.docker })}`,
        );
        // Pages of the bucket's listing, small enough that there are several.
        const settings = join(directory, ".private-registry", NAME, "import/settings");
        writeFileSync(settings, readFileSync(settings, "utf8").replace("PAGE='1000'", "PAGE='6'"));
        const script = await run("sh", ["-e", "-c", imported.stdout], { directory, environment, timeoutMs: 380_000 });
        console.log(script.stdout.match(/^import: .*$/gm)?.join("\n"));
        expect(script.code, script.stdout + script.stderr).toBe(0);
        expect(script.stdout).toMatch(/import: \d+ objects, [\d.]+ MB, all of them there/);
      });

      test("has the same tags, digests and indexes afterwards", async () => {
        expect(await Promise.all(["1", "2", "all-platforms"].map(manifest))).toEqual(before);
        expect(await (await ask("_catalog")).json()).toEqual({ repositories: ["team/image"] });
      });

      test("is pulled from, pushed to, and its users log in as before", async () => {
        expect((await client.login(USER.name, "wrong")).code).not.toBe(0);
        expect((await client.login(USER.name, USER.password)).code).toBe(0);
        imageId = await client.pull("team/image:1");
        // Engines that keep images in containerd call one by its index, where it has one.
        expect([imageId, before[2]?.digest]).toContain(await client.pull("team/image:all-platforms"));
        await client.push(needs.images.distribution, "team/image:3");
        expect(await client.pull("team/image:3")).toBe(imageId);
      });

      test("leaves the old storage as it was, and nothing of the copy", async () => {
        expect((await docker("inspect", "--format", "{{.State.Status}}", "mig-old-rustfs")).stdout.trim()).toBe(
          "running",
        );
        expect((await docker("inspect", `${NAME}-import`)).code).not.toBe(0);
        const networks = await docker("inspect", "--format", "{{json .NetworkSettings.Networks}}", "mig-old-rustfs");
        expect(Object.keys(JSON.parse(networks.stdout))).toEqual(["mig-old_registry"]);
      });
    },
  );
});

const MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const INDEX = "application/vnd.oci.image.index.v1+json";

/** The recipe with this machine's images, names and ports of its own, and another job that makes the bucket. */
function runnable(recipe: ReturnType<typeof parse>, images: { distribution: string; rustfs: string }) {
  const { rustfs, mc, registry } = recipe.services;
  Object.assign(rustfs, { image: images.rustfs, container_name: "mig-old-rustfs", ports: ["127.0.0.1:18611:9000"] });
  Object.assign(registry, { image: images.distribution, container_name: "mig-old-registry" });
  registry.ports = [`127.0.0.1:${PORT}:5000`];
  Object.assign(mc, {
    image: images.rustfs,
    container_name: "mig-old-mc",
    // Says what the recipe's says, which import looks for; `mc` is a function here.
    entrypoint: ["/bin/sh", "-c", MC_BY_CURL],
  });
  return recipe;
}

const MC_BY_CURL = `
mc() {
  [ "$$1 $$2" = "mb store/docker-images" ] || return 0
  curl -fsS --user rustfsadmin:rustfsadmin --aws-sigv4 aws:amz:us-east-1:s3 -X PUT \\
    -H "x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" http://rustfs:9000/docker-images
}
mc rm -r --force store/docker-images
until mc mb store/docker-images; do sleep 0.2; done
`;
