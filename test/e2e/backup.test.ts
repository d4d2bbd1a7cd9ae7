import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rcloneImage } from "../../operations/backup/image";
import { RegistryClient } from "../../operations/registry/client";
import { eventually, freePort } from "../support/process";
import { digestOf, pushImages } from "../support/push-images";
import { describeUnless } from "../support/tools";
import { docker, Machine } from "./cli-machine";
import { findImage, findNeeds } from "./support/needs";

const NAME = "bk-e2e";

describe("backup and restore, end to end", async () => {
  const needs = await findNeeds();
  const rclone = await findImage(rcloneImage({ images: {} }));
  const missing = needs.missing ?? rclone.missing;

  describeUnless(missing, "on Docker Engine, with RustFS", () => {
    const machine = new Machine(needs);
    const target = mkdtempSync(join(tmpdir(), "backup-e2e-"));
    const image = ["--image", rclone.name];
    let client: RegistryClient;
    let port: number;
    let pushed: readonly string[];

    const blobs = () =>
      readdirSync(join(target, "blobs"), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith("/data"))
        .map((name) => join(target, "blobs", name));
    const bytes = () => blobs().reduce((sum, path) => sum + statSync(path).size, 0);
    const backup = () => machine.expectCode(0, "backup", NAME, "--to", target, ...image);

    /** Users of RustFS that only backups have. */
    const readers = async () => {
      const { rustfs_root_access_key: key, rustfs_root_secret_key: secret } = JSON.parse(
        machine.read("secrets", `${NAME}.tfvars.json`),
      ) as Record<string, string>;
      const users = await docker(
        ...["exec", `${NAME}-rustfs`, "curl", "--silent", "--aws-sigv4", "aws:amz:us-east-1:s3"],
        ...["--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD"],
        ...["--user", `${key}:${secret}`, "http://127.0.0.1:9000/rustfs/admin/v3/list-users"],
      );
      expect(Object.keys(JSON.parse(users))).toHaveLength(1 + users.split("BACKUPREADER").length - 1);
      return Object.keys(JSON.parse(users)).filter((name) => name.startsWith("BACKUPREADER")).length;
    };

    beforeAll(async () => {
      port = await freePort();
      machine.write(NAME, port);
      const { stdout } = await machine.run(["up", NAME, "--yes"]).then(() => machine.run(["secrets", "show", NAME]));
      const [user = "", password = ""] = stdout.trim().split(" ");
      client = new RegistryClient({ url: `http://localhost:${port}`, login: { user, password } });
      pushed = await pushImages(client, { repository: "team/app", images: 3, layers: 2, bytes: 300_000 });
    });
    afterAll(async () => {
      await machine.remove(NAME);
      rmSync(target, { recursive: true, force: true });
    });

    test("a backup holds everything, and says how much", async () => {
      const said = await backup();
      expect(said).toMatch(/1 repositories, 3 tags, 12 blobs/);
      expect(said).toContain(`may list and read registry of ${NAME}-rustfs, and not write`);
      expect(await readers()).toBe(0);
      expect(said).toContain(`new: 12 of ${(bytes() / 1e6).toFixed(1)} MB`);
      expect((await machine.run(["status", NAME])).stdout).toMatch(/backup +\d+ (?:s|min) old, in /);
    });

    test("the second one, made while images are pushed, copies what is new and nothing else", async () => {
      const before = bytes();
      const isDone = new AbortController();
      const pushing = pushImages(
        client,
        { repository: "team/late", images: 50, layers: 1, bytes: 1000 },
        isDone.signal,
      );
      const said = await backup();
      isDone.abort();
      const late = await pushing;
      const [, added] = /new: \d+ of ([\d.]+) MB/.exec(said) ?? [];
      expect(Number(added)).toBeCloseTo((bytes() - before) / 1e6, 1);
      await backup();
      pushed = [...pushed, ...late];
    });

    test("a tag that moves between two backups: each has its own", async () => {
      const [first = ""] = pushed;
      const [moved = ""] = await pushImages(client, { repository: "team/app", images: 1, layers: 1, bytes: 1000 });
      await backup();
      const names = readdirSync(join(target, "snapshots")).sort();
      const tagIn = (name = "") => JSON.parse(readFileSync(join(target, "snapshots", name), "utf8")) as Snapshot;
      const of = (name?: string) => tagIn(name).repositories["team/app"]?.tags.find((tag) => tag.name === "v0")?.digest;
      expect([of(names.at(-2)), of(names.at(-1))]).toEqual([first, moved].map((one) => one.split("@")[1]));
      pushed = [moved, ...pushed];
    });

    test("killed: nothing is left running, and the next one goes on", async () => {
      await pushImages(client, { repository: "team/large", images: 2, layers: 2, bytes: 20_000_000 }).then((more) => {
        pushed = [...pushed, ...more];
      });
      const killed = machine.start(["backup", NAME, "--to", target, ...image]);
      await eventually("it copies", async () => /✓ links/.test(killed.stderr), 60_000);
      await sleep(300);
      await killed.stop("SIGKILL");
      await eventually("its container is gone", async () => !(await docker("ps", "-aq", "-f", `name=${NAME}-backup`)));
      // Its key is removed by the next one.
      expect(await readers()).toBe(1);
      await backup();
      expect(await readers()).toBe(0);
    });

    test("a flipped bit in the backup is found and named, and mended from the registry", async () => {
      const victim = blobs().find((path) => statSync(path).size > 100_000) ?? "";
      const content = readFileSync(victim);
      content.writeUInt8(content.readUInt8(1000) ^ 1, 1000);
      writeFileSync(victim, content);
      const verify = (...more: string[]) => ["backup", "verify", NAME, "--from", target, ...image, ...more];
      const said = await machine.expectCode(2, ...verify());
      expect(said).toContain(victim.split("/").at(-2));
      expect(said).toMatch(/needed by team\//);
      await machine.expectCode(2, ...verify("--repair", "--no-drill"));
      await backup();
      expect(await machine.expectCode(0, ...verify())).toMatch(/was restored, and gave \d+ tags/);
      expect(await docker("ps", "-aq", "-f", `name=${NAME}-drill`)).toBe("");
    });

    test("everything is destroyed, volumes too: all images are back, by digest", async () => {
      await machine.expectCode(0, "down", NAME, "--delete-data", "--confirm", NAME);
      await machine.expectCode(0, "up", NAME, "--yes");
      expect((await client.request("GET", "/v2/team/app/manifests/v0")).status).toBe(404);
      const restore = ["restore", NAME, "--from", target, ...image];
      expect(await machine.expectCode(0, ...restore, "--dry-run")).toMatch(/0 tags set back/);
      const killed = machine.start([...restore, "--yes"]);
      await eventually("it is read-only", async () => /✓ close/.test(killed.stderr), 60_000);
      await killed.stop("SIGKILL");
      const { stdout } = await machine.run(["status", NAME]);
      expect(stdout).toMatch(/restore +cut off: read-only since/);
      await machine.expectCode(0, ...restore, "--yes");
      expect((await machine.run(["status", NAME])).stdout).not.toMatch(/read-only/);
      for (const reference of pushed) await expectWhole(client, reference);
      await machine.expectCode(0, "verify", NAME);
      // And it takes new ones.
      await pushImages(client, { repository: "team/after", images: 1, layers: 1, bytes: 1000 });
    });

    test("as the environment file has it: where to, how many stay, late without one, and metrics", async () => {
      machine.write(NAME, port, { backup: { target, schedule: "03:30", keep: 1 } });
      rmSync(machine.path("state", `${NAME}.backup.json`), { force: true });
      expect(await machine.expectCode(2, "status", NAME)).toMatch(/backup +late: none was made from this machine/);
      expect(await machine.expectCode(0, "backup", NAME, "--metrics", "backup.prom", ...image)).toMatch(
        /prune +[1-9]\d* snapshots/,
      );
      expect(machine.read("backup.prom")).toMatch(/backup_last_run_success\{environment=".*"\} 1\n/);
      expect(machine.read("backup.prom")).toMatch(/backup_snapshot_timestamp_seconds\{environment=".*"\} 17\d{8}\n/);
      const list = await machine.run(["backup", "list", NAME, "--json", ...image]);
      expect(JSON.parse(list.stdout)).toHaveLength(1);
      expect(await machine.expectCode(0, "status", NAME)).toMatch(/backup +\d+ (?:s|min) old/);
      expect(await machine.expectCode(0, "schedule", NAME, "--cron")).toMatch(/^30 3 \* \* \* cd .* backup /m);
    });

    test("old ones are pruned with what only they need; the rest can be restored", async () => {
      const all = blobs().length;
      await machine.expectCode(0, "backup", "prune", NAME, "--from", target, "--keep", "1", "--yes", ...image);
      expect(readdirSync(join(target, "snapshots"))).toHaveLength(1);
      expect(blobs().length).toBeLessThanOrEqual(all);
      await machine.expectCode(0, "backup", "verify", NAME, "--from", target, ...image);
      expect(existsSync(join(target, "private-registry-backup.json"))).toBe(true);
    });
  });
});

interface Snapshot {
  readonly repositories: Record<string, { readonly tags: { readonly name: string; readonly digest: string }[] }>;
}

/** Pulls an image, `repository@digest`, with every layer. */
async function expectWhole(client: RegistryClient, reference: string): Promise<void> {
  const [repository, digest] = reference.split("@");
  const manifest = await client.request("GET", `/v2/${repository}/manifests/${digest}`, {
    headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
  });
  expect([manifest.status, reference]).toEqual([200, reference]);
  const { config, layers } = JSON.parse(manifest.body.toString()) as {
    config: { digest: string };
    layers: { digest: string; size: number }[];
  };
  for (const { digest: layer } of [config, ...layers]) {
    const { status, body } = await client.get(`/v2/${repository}/blobs/${layer}`);
    expect([status, digestOf(body)]).toEqual([200, layer]);
  }
}
