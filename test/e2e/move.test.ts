import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rcloneImage } from "../../operations/backup/image";
import { RegistryClient } from "../../operations/registry/client";
import { snippets } from "../docs/markdown";
import { freePort, run } from "../support/process";
import { pushImages } from "../support/push-images";
import { describeUnless } from "../support/tools";
import { Machine, PROGRAM } from "./cli-machine";
import { findImage, findNeeds, toolEnvironment } from "./support/needs";

const GUIDE = "docs/guides/move.md";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

describe("moving the images", async () => {
  const needs = await findNeeds();
  const rclone = await findImage(rcloneImage({ images: {} }));
  const root = process.getuid?.() === 0 ? undefined : "not root, to give a directory to RustFS";

  describeUnless(
    needs.missing ?? rclone.missing ?? root,
    `from a volume to a directory, by the commands of ${GUIDE}`,
    () => {
      const machine = new Machine(needs);
      const target = mkdtempSync(join(tmpdir(), "move-e2e-"));
      const blocks = snippets(GUIDE).filter(({ language }) => language === "sh");
      const pushed: string[] = [];
      let ports: [number, number];
      let client: RegistryClient;

      /** A block of the guide, with this test's places and nobody to ask. */
      const follow = async (n: number) => {
        const text = (blocks[n]?.text ?? "").replaceAll("/srv/backup/team", target);
        const environment = { ...toolEnvironment(), PATH: `${machine.path("bin")}:${process.env.PATH}` };
        const ended = await run("sh", ["-e", "-c", text], {
          directory: machine.directory,
          environment,
          timeoutMs: 400_000,
        });
        expect(ended.code, `${text}\n${ended.stdout}${ended.stderr}`).toBe(0);
        return ended.stdout + ended.stderr;
      };
      const directories = () => ({ storage: { rustfs: { directories: [machine.path("images")] } } });

      beforeAll(async () => {
        ports = [await freePort(), await freePort()];
        machine.write("team", ports[0]);
        const { stdout } = await machine
          .run(["up", "team", "--yes"])
          .then(() => machine.run(["secrets", "show", "team"]));
        const [user = "", password = ""] = stdout.trim().split(" ");
        client = new RegistryClient({ url: `http://localhost:${ports[0]}`, login: { user, password } });
        pushed.push(...(await pushImages(client, { repository: "team/app", images: 3, layers: 2, bytes: 300_000 })));
        mkdirSync(machine.path("images"));
        chownSync(machine.path("images"), 10001, 10001);
        chmodSync(machine.directory, 0o755);
        mkdirSync(machine.path("bin"));
        const program = [
          "#!/bin/sh",
          "shift",
          `case "$1" in`,
          '  up|restore) set -- "$@" --yes ;;',
          '  down) set -- "$@" --confirm "$2" ;;',
          "esac",
          `case "$1" in backup|restore) set -- "$@" --image ${rclone.name} ;; esac`,
          `exec ${process.execPath} ${PROGRAM} "$@"`,
        ];
        writeFileSync(machine.path("bin/npx"), `${program.join("\n")}\n`, { mode: 0o755 });
      });
      afterAll(async () => {
        await machine.run(["down", "team-new", "--delete-data", "--confirm", "team-new"]);
        await machine.remove("team");
        rmSync(target, { recursive: true, force: true });
      });

      test("every image is there by its digest, users log in as before, and the old images are kept", async () => {
        machine.write("team-new", ports[1], directories());
        await follow(0);
        pushed.push(...(await pushImages(client, { repository: "team/late", images: 2, layers: 1, bytes: 50_000 })));
        machine.write("team", ports[0], { registry: { readOnly: true } });
        await follow(1);
        machine.write("team-new", ports[0], directories());
        machine.write("team", ports[1]);
        expect(await follow(2)).toContain(`directories ${machine.path("images")}`);
        for (const reference of pushed) {
          const [repository, digest] = reference.split("@");
          const answer = await client.request("GET", `/v2/${repository}/manifests/${digest}`, {
            headers: { accept: MANIFEST },
          });
          expect(answer.status, reference).toBe(200);
          for (const layer of JSON.parse(answer.body.toString()).layers)
            expect((await client.request("HEAD", `/v2/${repository}/blobs/${layer.digest}`)).status).toBe(200);
        }
        const kept = await run("docker", ["volume", "inspect", "team-rustfs-data"], { environment: toolEnvironment() });
        expect(kept.code).toBe(0);
      });
    },
  );
});
