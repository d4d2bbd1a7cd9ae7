import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { findClosure } from "../../operations/closure/closure";
import { abortCollection, collect } from "../../operations/gc/collect";
import { agreedInventory } from "../../operations/gc/listing";
import { GC_DEFAULTS, type GcOptions, type GcRun } from "../../operations/gc/run";
import { UNINTERRUPTED } from "../../operations/interruption";
import { enterReadOnly, type ReadOnlyMark, readOnlyMark } from "../../operations/maintenance/read-only";
import type { RegistrySite } from "../../operations/maintenance/site";
import { CONFIG_FILE } from "../../operations/storage/access";
import { mapAtOnce } from "../../operations/storage/slots";
import { Random } from "../review/random";
import { runBucketJob } from "../support/bucket-job";
import { RestartableRegistry } from "../support/collected-registry";
import { temporaryDirectory } from "../support/process";
import { PushedImages } from "../support/pushed-images";
import { runRegistry } from "../support/registry-process";
import { everyOne } from "../support/s3-client";
import { S3StandIn } from "../support/s3-stand-in";
import { describeWithTools } from "../support/tools";

const KEYS = { accessKey: "STANDINKEY", secretKey: "stand-in/secret+0123456789" };
const QUIET = { stage: () => ({ now() {}, line() {}, done() {}, failed() {} }) };
/** Everything old enough, and as much as is not needed. */
const ALL: GcOptions = { ...GC_DEFAULTS, deleteUntagged: true, maxShare: 1, graceMs: -60_000 };

describeWithTools(
  "garbage collection on the real registry and stand-in S3 (versitygw), behind a proxy that fails",
  ["registry", "versitygw"],
  (tools) => {
    const path = temporaryDirectory();
    let storage: S3StandIn;
    let count = 0;

    beforeAll(async () => {
      storage = await S3StandIn.start(tools.versitygw, path("s3"), KEYS);
      const bucket = { bucket: "registry", rootKeys: KEYS, incompleteUploadDays: 0, readyPath: S3StandIn.READY_PATH };
      mkdirSync(path(), { recursive: true });
      expect(await runBucketJob({ ...bucket, endpoint: storage.endpoint }, path())).toMatchObject({ code: 0 });
    });
    afterAll(async () => storage?.stop());

    async function startRegistry() {
      const name = `r${++count}`;
      const registry = await RestartableRegistry.start(tools.registry, path(name), name, storage.endpoint, KEYS);
      onTestFinished(() => registry.stop());
      return { registry, images: new PushedImages(() => registry.url) };
    }

    const run = (registry: RestartableRegistry, options: GcOptions = ALL, site?: RegistrySite): GcRun => ({
      ...{ registry: registry.collected(site), options, progress: QUIET, interruption: UNINTERRUPTED },
    });

    const blobsOf = async (registry: RestartableRegistry) =>
      (await everyOne(registry.collected().client.list(`${registry.root}blobs/`))).length;

    const A = "team/app";

    /** An image of every kind. @returns what must stay, as repository and reference, and how many blobs must go */
    async function everyKind(images: PushedImages) {
      const kept: [string, string][] = [];
      const keep = (repository: string, reference: string) => kept.push([repository, reference]);
      // A multi-architecture image with an attestation.
      const children = await Promise.all(
        ["amd64", "arm64", "attestation"].map((one) => images.image(A, undefined, [one])),
      );
      await images.index(A, "multi", children);
      keep(A, "multi");
      // Two tags of one digest, of which one goes; another tag that was moved.
      const shared = await images.image(A, "one", ["shared layer"]);
      await images.image(A, "two", ["shared layer"]);
      await images.delete(A, "two");
      keep(A, "one");
      await images.image(A, "moved", ["old"]);
      await images.image(A, "moved", ["new"]);
      keep(A, "moved");
      // Referrers: with a fallback tag, without one, and of what is gone.
      const subject = { subject: shared };
      const sbom = await images.image(A, undefined, ["sbom"], subject);
      await images.index(A, shared.digest.replace(":", "-"), [sbom]);
      const signature = await images.image(A, undefined, ["signature without a tag"], subject);
      keep(A, shared.digest.replace(":", "-"));
      keep(A, signature.digest);
      const gone = await images.image(A, undefined, ["gone"]);
      await images.image(A, undefined, ["signature of what is gone"], { subject: gone });
      // cosign's.
      await images.image(A, `${shared.digest.replace(":", "-")}.sig`, ["cosign signature"]);
      keep(A, `${shared.digest.replace(":", "-")}.sig`);
      // The same layer in another repository, and an untagged image that is tagged there.
      await images.image("other", "v1", ["shared layer", "gone"]);
      keep("other", "v1");
      // A repository without tags.
      const last = await images.image("empty", "v1", ["the last one"]);
      await images.delete("empty", last.digest);
      for (const one of ["a", "b", "c"]) await images.image("many", one, [`layer ${one}`]);
      for (const one of ["a", "b", "c"]) keep("many", one);
      return kept;
    }

    /** A registry with an image of every kind. */
    async function startFull() {
      const { registry, images } = await startRegistry();
      const kept = await everyKind(images);
      const before = await blobsOf(registry);
      /** What must stay can be pulled, and pushes are taken; what else is stored is not looked at. */
      const expectWhole = async (why?: string) => {
        registry.proxy.fault = () => undefined;
        expect([await pullAll(images, kept), await registry.takesPushes()], why).toEqual([[], true]);
      };
      /** The same, and every blob is still there. */
      const expectUntouched = async () => {
        await expectWhole();
        expect(await blobsOf(registry)).toBe(before);
      };
      return { registry, images, kept, before, expectWhole, expectUntouched };
    }

    /** 16 at once: each pull opens files in three servers, and some machines allow a process few. */
    const pullAll = async (images: PushedImages, kept: readonly [string, string][]) =>
      (await mapAtOnce(16, kept, ([repository, reference]) => images.pull(repository, reference))).flat();

    test("every kind of image: what is needed stays, the rest is gone, and the bytes are what is told", async () => {
      const { registry, images, kept, before } = await startFull();
      expect(await pullAll(images, kept)).toEqual([]);
      const result = await collect(run(registry));
      expect(await pullAll(images, kept)).toEqual([]);
      expect(await registry.takesPushes()).toBe(true);
      expect(before - (await blobsOf(registry))).toBe(result.removedBlobs);
      // Moved: manifest, configuration, layer; the one that is gone: manifest, configuration; its signature and the last one: three.
      expect([result.removedBlobs, result.removedManifests]).toEqual([3 + 2 + 3 + 3, 3]);
      const objects = await everyOne(registry.collected().client.list(`${registry.root}blobs/`));
      expect(result.after.bytes).toBe(objects.reduce((sum, { bytes }) => sum + bytes, 0));
      expect(result.freedBytes).toBe(result.before.bytes - result.after.bytes);
      // What is collected twice is the same; what was removed can be pushed again, and had.
      expect(await collect(run(registry))).toMatchObject({ removedBlobs: 0, freedBytes: 0 });
      await images.image(A, "again", ["old", "the last one"]);
      expect(await images.pull(A, "again")).toEqual([]);
    });

    test("without --delete-untagged, manifests without a tag stay with all that they need", async () => {
      const { registry, images } = await startRegistry();
      const untagged = await images.image(A, undefined, ["untagged"]);
      await images.image(A, "v1", ["v1"]);
      const gone = await images.image(A, "v2", ["v2"]);
      await images.delete(A, gone.digest);
      const result = await collect(run(registry, { ...ALL, deleteUntagged: false }));
      expect([result.removedBlobs, result.removedManifests]).toEqual([3, 0]);
      expect(
        await pullAll(images, [
          [A, untagged.digest],
          [A, "v1"],
        ]),
      ).toEqual([]);
      const named = await collect(run(registry, { ...ALL, keep: [untagged.digest] }));
      expect([named.removedBlobs, await images.pull(A, untagged.digest)]).toEqual([0, []]);
    });

    test("a push that is under way: its layers stay, and it is finished afterwards", async () => {
      const { registry, images } = await startRegistry();
      await images.image(A, "v1", ["v1"]);
      const [config, layer] = [await images.blob(A, "{}"), await images.blob(A, "pushed, and not yet in a manifest")];
      const location = await images.beginUpload(A);
      const patched = await fetch(new URL(location, registry.url), {
        method: "PATCH",
        headers: { "content-type": "application/octet-stream" },
        body: "half of",
      });
      expect(patched.status).toBe(202);
      const result = await collect(run(registry, { ...ALL, graceMs: 3_600_000 }));
      expect([result.removedBlobs, result.youngBlobs]).toEqual([0, 2]);
      await images.manifest(A, "v2", { config, layers: [layer] });
      expect(
        await pullAll(images, [
          [A, "v1"],
          [A, "v2"],
        ]),
      ).toEqual([]);
    });

    test("more than the limit is refused; nothing was removed, and pushes are taken", async () => {
      const { registry, images } = await startRegistry();
      await images.image(A, "v1", ["x".repeat(1000)]);
      const before = await blobsOf(registry);
      const moved = await images.image(A, "v1", ["y".repeat(9)]);
      await expect(collect(run(registry, { ...ALL, maxShare: 0.5 }))).rejects.toMatchObject({
        message: expect.stringMatching(
          /^\d\d % of all bytes would go, more than the limit of 50 %; nothing was deleted$/,
        ),
        remedy: expect.stringContaining("private-registry gc local --delete-untagged --grace -1 --max-share"),
      });
      expect([await registry.takesPushes(), await blobsOf(registry)]).toEqual([true, before + 3]);
      expect(await images.pull(A, moved.digest)).toEqual([]);
    });

    describe("faults", () => {
      test("why there is a closure of our own: one failed request, and Distribution alone would delete live layers", async () => {
        const { registry, images } = await startRegistry();
        // The index is looked at first.
        let child = await images.image(A, undefined, ["live layer 0"]);
        let index = await images.index(A, "multi", [child]);
        for (let n = 1; index.digest > child.digest; n++) {
          child = await images.image(A, undefined, [`live layer ${n}`]);
          index = await images.index(A, "multi", [child]);
        }
        const link = `_manifests/revisions/${child.digest.replace(":", "/")}/link`;
        let left = 4;
        registry.proxy.fault = ({ key, isRegistry }) =>
          isRegistry && key.endsWith(link) && left-- > 0 ? { status: 503 } : undefined;
        const args = ["garbage-collect", "--dry-run", "--delete-untagged", registry.site.local(CONFIG_FILE)];
        const { code, stdout } = await runRegistry(tools.registry, args);
        expect(code).toBe(0);
        const layers = await images.layersOf(A, child.digest);
        expect(layers).toHaveLength(2);
        for (const one of layers) expect(stdout).toContain(`blob eligible for deletion: ${one}`);
      });

      test("a child of an index whose link fails to be read: ours fails or waits, and deletes nothing that is needed", async () => {
        const { registry, expectWhole } = await startFull();
        let left = 4;
        registry.proxy.fault = ({ key, isRegistry }) =>
          isRegistry && key.includes("_manifests/revisions/") && left-- > 0 ? { status: 503 } : undefined;
        await collect(run(registry)).catch(() => {});
        expect(registry.proxy.faults.length).toBeGreaterThanOrEqual(4);
        await expectWhole();
      });

      test.each([1, 2, 3])("one request of twenty is answered by 503 or 500 (%d)", async (seed) => {
        const { registry, expectWhole } = await startFull();
        const random = new Random(seed);
        registry.proxy.fault = () => (random.next() < 0.05 ? { status: random.pick([500, 503]) } : undefined);
        const error = await collect(run(registry)).then(() => undefined, String);
        await expectWhole(error);
        await collect(run(registry));
        await expectWhole();
      });

      test("the collector is told that a manifest is not there: it would delete what is needed, so nothing is deleted", async () => {
        const { registry, expectUntouched } = await startFull();
        // To the registry alone, one repository is empty.
        registry.proxy.fault = ({ query, isRegistry }) =>
          isRegistry && query.get("list-type") === "2" && query.get("prefix")?.includes("/many/_manifests/revisions")
            ? {
                status: 200,
                body: "<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>",
              }
            : undefined;
        await expect(collect(run(registry, { ...ALL, deleteUntagged: false }))).rejects.toThrow(
          /^Distribution's collector would delete \d+ objects that tags need; nothing was deleted$/,
        );
        await expectUntouched();
      });

      test("a list that ends too early is noticed", async () => {
        const { registry, expectUntouched } = await startFull();
        registry.proxy.fault = ({ query, isRegistry }) =>
          !isRegistry && query.get("max-keys") === "617"
            ? { change: (body) => body.replace(/<Contents>.*?<\/Contents>/s, "") }
            : undefined;
        await expect(collect(run(registry))).rejects.toThrow("Two lists of the bucket differ");
        await expectUntouched();
      });

      test("something needed vanishes meanwhile: the registry stays read-only and the tag is named", async () => {
        const { registry, images } = await startRegistry();
        await images.image(A, "v1", ["precious"]);
        await images.delete(A, (await images.image(A, "v2", ["v2"])).digest);
        const { client } = registry.collected();
        const [precious] = (
          await findClosure(await agreedInventory(client, registry.root), (key) => client.read(key), {
            root: registry.root,
            untagged: "drop",
          })
        ).tags;
        registry.proxy.fault = ({ query }) => {
          if (query.has("delete"))
            rmSync(
              `${storage.bucketDirectory("registry")}/${registry.root}blobs/sha256/${precious?.digest.slice(7, 9)}/${precious?.digest.slice(7)}/data`,
              { force: true },
            );
          return undefined;
        };
        await expect(collect(run(registry))).rejects.toThrow(
          /1 objects that images need are gone. Tags hit: team\/app:v1. local stays read-only/,
        );
        expect(await registry.takesPushes()).toBe(false);
        await abortCollection(run(registry));
        expect(await registry.takesPushes()).toBe(true);
      });
    });

    describe("killed", () => {
      class Killed extends Error {}

      /** A site that is cut off at its nth use, for good: as when the process is killed there. */
      function dyingSite(site: RegistrySite, uses: number): RegistrySite {
        let used = 0;
        const use = <T>(work: () => Promise<T>): Promise<T> => {
          used += 1;
          return used > uses ? Promise.reject(new Killed("killed")) : work();
        };
        return {
          environment: site.environment,
          neighbours: [],
          script: (...args) => use(() => site.script(...args)),
          restart: () => use(() => site.restart()),
        };
      }

      const left = (registry: RestartableRegistry): Promise<ReadOnlyMark | undefined> => readOnlyMark(registry.site);

      /** The process is gone; this one, which runs the test, is not. */
      function outlive(registry: RestartableRegistry): void {
        const lock = registry.site.path("lock");
        try {
          utimesSync(lock, 0, 0);
        } catch {
          // It was cut off before.
        }
      }

      /** Kills a collection at its nth use of the container. @returns whether it had ended before */
      async function killedAt(uses: number, registry: RestartableRegistry): Promise<boolean> {
        const dying = dyingSite(registry.site, uses);
        const error = await collect(run(registry, ALL, dying)).then(
          () => undefined,
          (error) => error,
        );
        outlive(registry);
        return error === undefined;
      }

      async function resumeOrAbort(uses: number, registry: RestartableRegistry): Promise<void> {
        if (!(await left(registry))) {
          expect(await registry.takesPushes(), `read-only in silence after ${uses} steps`).toBe(true);
          return;
        }
        await expect(collect(run(registry))).rejects.toThrow("local is read-only since");
        if (uses % 2 === 0) await collect(run(registry), true);
        else await abortCollection(run(registry));
        expect([await left(registry), await registry.takesPushes()]).toEqual([undefined, true]);
      }

      test("at each step, then resumed or aborted: nothing is lost, and what is left is told", async () => {
        const { registry, images, kept } = await startFull();
        let uses = 0;
        for (; !(await killedAt(uses, registry)); uses++) {
          expect(await pullAll(images, kept), `after ${uses} steps`).toEqual([]);
          await resumeOrAbort(uses, registry);
          expect(await pullAll(images, kept), `resumed or aborted after ${uses} steps`).toEqual([]);
          // Something to remove for the next.
          await images.delete(A, (await images.image(A, "next", [`${uses}`])).digest);
        }
        expect(uses).toBeGreaterThan(10);
        await expect(collect(run(registry), true)).rejects.toThrow("there is nothing to resume");
        await expect(abortCollection(run(registry))).rejects.toThrow("there is nothing to abort");
      }, 300_000);

      test("while it removes: what is left goes the next time", async () => {
        const { registry, expectWhole } = await startFull();
        let removals = 0;
        registry.proxy.fault = ({ query }) => {
          if (query.has("delete")) removals += 1;
          return query.has("delete") && removals > 1 ? { status: 403 } : undefined;
        };
        await expect(collect(run(registry))).rejects.toThrow("The storage did not change");
        await expectWhole();
        expect((await collect(run(registry))).removedBlobs).toBeGreaterThan(5);
        await expectWhole();
      });

      test("a container that is made anew takes pushes, whatever was begun", async () => {
        const { registry, images } = await startRegistry();
        await images.image(A, "v1", ["v1"]);
        await enterReadOnly(registry.site, "gc", new Date().toISOString());
        expect(await registry.takesPushes()).toBe(false);
        registry.forgetState();
        await registry.site.restart();
        expect(await registry.takesPushes()).toBe(true);
      });
    });

    test("while pulls go on, only the two restarts are felt; pushes wait as long as is told", async () => {
      const { registry, images, kept } = await startFull();
      const log: { at: number; push: number; pull: number }[] = [];
      let ended = false;
      const status = (work: Promise<Response>) =>
        work.then(
          ({ status }) => status,
          () => 0,
        );
      const clients = (async () => {
        while (!ended) {
          const push = await status(fetch(`${registry.url}/v2/probe/blobs/uploads/`, { method: "POST" }));
          const pull = await status(fetch(`${registry.url}/v2/many/tags/list`));
          log.push({ at: Date.now(), push, pull });
          await sleep(20);
        }
      })();
      const { readOnlySeconds } = await collect(run(registry));
      ended = true;
      await clients;
      const refused = log.filter(({ push }) => push !== 202);
      const seen = ((refused.at(-1)?.at ?? 0) - (refused[0]?.at ?? 0)) / 1000;
      expect(Math.abs(seen - readOnlySeconds)).toBeLessThan(0.5);
      expect(new Set(log.map(({ pull }) => pull))).toEqual(new Set([200, 0]));
      expect(await pullAll(images, kept)).toEqual([]);
    });

    test("a second registry on the same storage takes no pushes meanwhile, so nothing that it takes is lost", async () => {
      const { registry, images } = await startRegistry();
      const name = registry.root.slice(0, registry.root.indexOf("/"));
      const folder = path(`${name}-second`);
      const second = await RestartableRegistry.start(tools.registry, folder, name, storage.endpoint, KEYS);
      onTestFinished(() => second.stop());
      const others = new PushedImages(() => second.url);
      const kept = await images.image(A, "kept", ["kept"]);
      const layer = await images.blob(A, "unneeded by any tag");
      const config = { ...(await images.blob(A, "{}")), mediaType: "application/vnd.oci.image.config.v1+json" };
      registry.site.neighbours = [second.site];

      // As clients do: what is there already is not sent again.
      const push = async (tag: string) => {
        const { status } = await fetch(`${second.url}/v2/${A}/blobs/${layer.digest}`, { method: "HEAD" });
        if (status === 404) await Promise.all([others.blob(A, "unneeded by any tag"), others.blob(A, "{}")]);
        await others.manifest(A, tag, { config, layers: [layer], annotations: { tag } });
      };
      const taken: [string, string][] = [[A, kept.digest]];
      let [refused, isOver] = [0, false];
      // What is pushed earlier is seen, and stays anyway.
      let begin = () => {};
      const hasLooked = new Promise<void>((resolve) => {
        begin = resolve;
      });
      const progress: GcRun["progress"] = {
        stage: (name) => {
          if (name === "collector") begin();
          return QUIET.stage();
        },
      };
      const collecting = collect({ ...run(registry), progress }).finally(() => {
        isOver = true;
      });
      await Promise.race([hasLooked, collecting]);
      for (let n = 0; !isOver; n++) {
        const tag = `n${n}`;
        await push(tag).then(
          () => taken.push([A, tag]),
          () => refused++,
        );
      }
      await collecting;
      expect(await pullAll(others, taken)).toEqual([]);
      expect(refused).toBeGreaterThan(0);
      await push("after");
      expect(await pullAll(images, [[A, "after"]])).toEqual([]);
      expect([registry.site.restarts, second.site.restarts]).toEqual([2, 2]);
      expect(await second.takesPushes()).toBe(true);
    });

    test("four hundred images, whose objects are more than a page of a list", async () => {
      const { registry, images } = await startRegistry();
      const names = Array.from({ length: 400 }, (_, n) => n);
      const base = await images.image("base", "v1", ["a layer that all share"]);
      expect(base.size).toBeGreaterThan(0);
      await mapAtOnce(8, names, (n) => {
        const tag = n % 4 === 0 ? undefined : `v${n}`;
        return images.image(`team/${n % 10}`, tag, ["a layer that all share", `layer ${n}`]);
      });
      const since = Date.now();
      const result = await collect(run(registry));
      writeFileSync(path("many"), `${Date.now() - since} ms, read-only ${result.readOnlySeconds} s\n`);
      expect([result.removedManifests, result.removedBlobs]).toEqual([100, 300]);
      const kept = names.filter((n) => n % 4 !== 0).map((n): [string, string] => [`team/${n % 10}`, `v${n}`]);
      expect(await pullAll(images, kept)).toEqual([]);
      console.info(`400 images: ${result.readOnlySeconds.toFixed(1)} s read-only`);
    }, 600_000);
  },
);
