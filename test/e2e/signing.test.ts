import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rcloneImage } from "../../operations/backup/image";
import { RegistryClient } from "../../operations/registry/client";
import { freePort, run } from "../support/process";
import { pushBlob, pushImages } from "../support/push-images";
import { describeUnless, onPath } from "../support/tools";
import { Machine } from "./cli-machine";
import { findImage, findNeeds } from "./support/needs";

const NAME = "sg-e2e";
/** Where the images are moved to. */
const OTHER = "sg-new";
const A = "team/app";
const INDEX = "application/vnd.oci.image.index.v1+json";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const cosign = onPath("cosign");

/** Signatures as they are stored: by a tag, by a list of referrers at a tag, and by `subject` alone. */
describe("signatures and attestations, end to end", async () => {
  const needs = await findNeeds();
  const rclone = await findImage(rcloneImage({ images: {} }));

  describeUnless(needs.missing ?? rclone.missing, "on Docker Engine, with RustFS", () => {
    const machine = new Machine(needs);
    const target = mkdtempSync(join(tmpdir(), "signing-e2e-"));
    const backups = join(target, "backups");
    const image = ["--image", rclone.name];
    const login = { user: "", password: "" };
    let client: RegistryClient;
    let port: number;
    let otherPort: number;
    /** What belongs to the image that stays, and to the one that retention removes. */
    let stays: string[];
    let goes: string[];

    async function put(reference: string | undefined, json: object): Promise<string> {
      const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, ...json }));
      const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
      const headers = { "content-type": (json as { mediaType?: string }).mediaType ?? MANIFEST };
      const { status } = await client.request("PUT", `/v2/${A}/manifests/${reference ?? digest}`, { headers, body });
      expect(status).toBe(201);
      return digest;
    }

    /** @returns what to ask for to know whether all of it is there */
    async function refer(digest: string): Promise<string[]> {
      const hex = digest.replace(":", "-");
      const subject = { mediaType: MANIFEST, digest, size: (await content(digest)).length };
      const artifact = async (what: string) => {
        const empty = await pushBlob(client, A, Buffer.from("{}"));
        const layer = await pushBlob(client, A, Buffer.from(`${what} of ${digest}`));
        return {
          asked: [`blobs/${layer.digest}`],
          json: { config: empty, layers: [layer], artifactType: `test/${what}` },
        };
      };
      const [signature, attestation, listed, alone] = await Promise.all(
        ["sig", "att", "listed", "alone"].map(artifact),
      );
      if (!signature || !attestation || !listed || !alone) throw new Error("nothing pushed");
      await put(`${hex}.sig`, signature.json);
      await put(`${hex}.att`, attestation.json);
      const referrer = await put(undefined, { ...listed.json, subject });
      const manifests = [{ mediaType: MANIFEST, digest: referrer, size: (await content(referrer)).length }];
      await put(hex, { mediaType: INDEX, manifests });
      const bySubject = await put(undefined, { ...alone.json, subject });
      return [
        ...[signature, attestation, listed, alone].flatMap(({ asked }) => asked),
        ...[`${hex}.sig`, `${hex}.att`, hex, referrer, bySubject].map((reference) => `manifests/${reference}`),
      ];
    }

    const content = async (digest: string) =>
      (await client.request("GET", `/v2/${A}/manifests/${digest}`, { headers: { accept: MANIFEST } })).body;

    const missing = async (asked: readonly string[], from = client) => {
      const found = asked.map(async (one) => {
        const { status } = await from.request("GET", `/v2/${A}/${one}`, {
          headers: { accept: `${MANIFEST}, ${INDEX}` },
        });
        return status === 200 ? [] : [one];
      });
      return (await Promise.all(found)).flat();
    };

    const sign = (...args: string[]) =>
      run(cosign ?? "", args, {
        directory: target,
        environment: { COSIGN_PASSWORD: "x", HOME: target, DOCKER_CONFIG: target },
      });

    /** Whether a real signature and a real attestation of the image that stays verify. */
    async function verify(from = port) {
      if (!cosign) return;
      const key = ["--key", "cosign.pub", "--insecure-ignore-tlog=true"];
      const name = `localhost:${from}/${A}:v1`;
      expect(await sign("verify", ...key, name)).toMatchObject({ code: 0 });
      expect(await sign("verify-attestation", ...key, "--type", "custom", name)).toMatchObject({ code: 0 });
      expect((await sign("verify", "--key", "other.pub", "--insecure-ignore-tlog=true", name)).code).not.toBe(0);
    }

    async function logIn(): Promise<void> {
      Object.assign(login, JSON.parse(readFileSync(machine.path("secrets", `${NAME}.login.json`), "utf8")));
      client = new RegistryClient({ url: `http://localhost:${port}`, login });
      const auth = Buffer.from(`${login.user}:${login.password}`).toString("base64");
      writeFileSync(
        join(target, "config.json"),
        JSON.stringify({ auths: { [`localhost:${port}`]: { auth }, [`localhost:${otherPort}`]: { auth } } }),
      );
    }

    beforeAll(async () => {
      mkdirSync(backups);
      [port, otherPort] = [await freePort(), await freePort()];
      const retention = [{ repositories: ["team/*"], keep: { tags: ["v1"] } }];
      machine.write(NAME, port, { registry: { retention } });
      await machine.expectCode(0, "up", NAME, "--yes");
      await logIn();
      const pushed = await pushImages(client, { repository: A, images: 2, layers: 1, bytes: 1000 });
      const [old = "", kept = ""] = pushed.map((one) => one.split("@")[1] ?? "");
      [goes, stays] = await Promise.all([refer(old), refer(kept)]);
      if (!cosign) return;
      const key = ["--key", "cosign.key", "--tlog-upload=false", "--yes"];
      writeFileSync(join(target, "predicate.json"), "{}");
      for (const args of [
        ["generate-key-pair"],
        ["generate-key-pair", "--output-key-prefix", "other"],
        ["sign", ...key, `localhost:${port}/${A}@${kept}`],
        ["attest", ...key, "--type", "custom", "--predicate", "predicate.json", `localhost:${port}/${A}@${kept}`],
      ])
        expect(await sign(...args)).toMatchObject({ code: 0 });
    });
    afterAll(async () => {
      await machine.run(["down", OTHER, "--delete-data", "--confirm", OTHER]);
      await machine.remove(NAME);
      rmSync(target, { recursive: true, force: true });
    });

    test("retention and a collection of all that has no tag take them with their image, and leave those of the image that stays", async () => {
      expect(await missing([...stays, ...goes])).toEqual([]);
      await machine.expectCode(0, "retention", NAME, "--yes");
      await machine.expectCode(0, "gc", NAME, "--yes", "--delete-untagged", "--grace", "0", "--max-share", "100");
      expect(await missing(stays)).toEqual([]);
      expect(await missing(goes)).toEqual(goes);
      await verify();
    });

    test("a collection that is to keep an image without a tag keeps what belongs to it; another takes the image, and leaves what has a tag", async () => {
      const config = await pushBlob(client, A, Buffer.from("{}"));
      const alone = await put(undefined, { config, layers: [await pushBlob(client, A, Buffer.from("of no tag"))] });
      const its = [`manifests/${alone}`, ...(await refer(alone))];
      const gc = ["gc", NAME, "--yes", "--delete-untagged", "--grace", "0", "--max-share", "100"];
      await machine.expectCode(0, ...gc, "--keep", alone);
      expect(await missing([...its, ...stays])).toEqual([]);
      await machine.expectCode(0, ...gc);
      const gone = await missing([...its, ...stays]);
      expect(gone).toContain(`manifests/${alone}`);
      expect(gone.filter((one) => stays.includes(one) || /manifests\/sha256-/.test(one))).toEqual([]);
    });

    test("a backup holds them, and a restore brings them back after they were deleted", async () => {
      await machine.expectCode(0, "backup", NAME, "--to", backups, ...image);
      const manifests = stays.filter((one) => one.startsWith("manifests/"));
      // By digest, which takes the tags along.
      for (const one of manifests) {
        const { headers } = await client.request("HEAD", `/v2/${A}/${one}`, {
          headers: { accept: `${MANIFEST}, ${INDEX}` },
        });
        const digest = headers["docker-content-digest"];
        if (digest) await client.request("DELETE", `/v2/${A}/manifests/${digest}`);
      }
      expect(await missing(stays)).toEqual(expect.arrayContaining(manifests));
      await machine.expectCode(0, "restore", NAME, "--from", backups, ...image, "--yes");
      expect(await missing(stays)).toEqual([]);
      await verify();
    });

    test("a move to another registry, by a backup, brings them along", async () => {
      machine.write(OTHER, otherPort);
      for (const file of ["tfvars.json", "login.json"])
        copyFileSync(machine.path("secrets", `${NAME}.${file}`), machine.path("secrets", `${OTHER}.${file}`));
      await machine.expectCode(0, "up", OTHER, "--yes");
      await machine.expectCode(0, "restore", OTHER, "--from", backups, ...image, "--yes");
      expect(await missing(stays, new RegistryClient({ url: `http://localhost:${otherPort}`, login }))).toEqual([]);
      await verify(otherPort);
    });

    test.skipIf(!cosign)(`real ones, by cosign${cosign ? "" : " (skipped: no cosign on PATH)"}`, () => verify());
  });
});
