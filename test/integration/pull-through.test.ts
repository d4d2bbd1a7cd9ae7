import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type DistributionOverrides, Htpasswd, PrivateRegistry, RegistryStorage } from "../../constructs";
import { planTrim } from "../../operations/cache/trim-plan";
import { runBucketJob } from "../support/bucket-job";
import { ConfiguredRegistry } from "../support/configured-registry";
import { FaultyUpstream } from "../support/faulty-upstream";
import { eventually, freePort, output, showWhenTestFails, temporaryDirectory } from "../support/process";
import { basic, RegistryProcess } from "../support/registry-process";
import { directClient, everyOne } from "../support/s3-client";
import { S3StandIn } from "../support/s3-stand-in";
import { find, synthesize } from "../support/synth";
import { describeWithTools } from "../support/tools";
import { outside, unpack } from "../support/without-docker";

const KEYS = { accessKey: "STANDINKEY", secretKey: "stand-in/secret+0123456789" };
const ALICE = basic("alice", "password");
const MIB = 1024 ** 2;
const USERS = Htpasswd.empty.with("alice", "password").toString();
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

describeWithTools(
  "a pull-through cache as it is rendered, on stand-in S3 (versitygw), its upstream faulty",
  ["registry", "crane", "versitygw", "tar"],
  (tools) => {
    const path = temporaryDirectory();
    const upstreams = new ConfiguredRegistry(tools.registry, path);
    let storage: S3StandIn;
    let caches = 0;

    beforeAll(async () => {
      storage = await S3StandIn.start(tools.versitygw, path("s3"), KEYS);
      const bucket = { bucket: "registry", rootKeys: KEYS, incompleteUploadDays: 0, readyPath: S3StandIn.READY_PATH };
      expect(await runBucketJob({ ...bucket, endpoint: storage.endpoint }, path())).toMatchObject({ code: 0 });
      mkdirSync(path("auth"));
      writeFileSync(path("auth/htpasswd"), USERS);
    });
    afterAll(async () => storage?.stop());

    interface Image {
      readonly repository: string;
      readonly digest: string;
      readonly layer: string;
      readonly bytes: Buffer;
    }

    /** A real registry with images in it, and the faults in front of it. */
    async function startUpstream(configuration: object = {}) {
      const registry = await upstreams.start(configuration);
      const faulty = await FaultyUpstream.start(registry.url);
      onTestFinished(() => faulty.goAway());
      return { registry, faulty };
    }

    async function push({ address }: RegistryProcess, name: string, size = 100_000): Promise<Image> {
      writeFileSync(path("file"), randomBytes(size));
      await output("tar", ["-cf", path("layer.tar"), "-C", path(), "file"]);
      await output("gzip", ["-nf", path("layer.tar")]);
      const args = ["append", "--oci-empty-base", "-f", path("layer.tar.gz"), "-t", `${address}/${name}:1`];
      const digest = (await output(tools.crane, args, { environment: { HOME: path() } })).split("@")[1] ?? "";
      const asked = await fetch(`http://${address}/v2/${name}/manifests/1`, { headers: { accept: MANIFEST } });
      const manifest = (await asked.json()) as { layers: { digest: string }[] };
      const layer = manifest.layers[0]?.digest ?? "";
      const blob = await fetch(`http://${address}/v2/${name}/blobs/${layer}`);
      return { repository: name, digest, layer, bytes: Buffer.from(await blob.arrayBuffer()) };
    }

    /** A cache with nothing chosen but its upstream and what a test is about; each has a place of its own in the bucket. */
    async function startCache(proxy: object, more: DistributionOverrides = {}, place = `cache-${++caches}`) {
      const [port, debugPort] = [await freePort(), await freePort()];
      const stack = synthesize((scope) => {
        new PrivateRegistry(scope, "registry", {
          registry: { configuration: { ...more, proxy: proxy as DistributionOverrides["proxy"] } },
          storage: RegistryStorage.s3({
            bucket: "registry",
            region: "us-east-1",
            endpoint: storage.endpoint,
            rootDirectory: place,
          }),
          credentials: {
            registry_s3_access_key: KEYS.accessKey,
            registry_s3_secret_key: KEYS.secretKey,
            registry_http_secret: "h".repeat(40),
            registry_htpasswd: USERS,
          },
        });
      });
      const container = find(stack, "docker_container", "distribution");
      const directory = path(`${place}-${port}`);
      const places = { ...outside((...names) => [directory, ...names].join("/"), { port, debugPort }) };
      const files = { ...places, "/auth/": path("auth/") };
      const { command, environment } = unpack(container, directory, files);
      const registry = await RegistryProcess.start(tools.registry, command.at(-1) ?? "", port, environment);
      onTestFinished(async () => void (await registry.stop()));
      showWhenTestFails(() => registry);
      return { registry, place };
    }

    const get = (registry: RegistryProcess, url: string, init: RequestInit = {}) =>
      fetch(`${registry.url}/v2/${url}`, { headers: { ...ALICE, accept: MANIFEST }, ...init });

    /** Statuses of a tag, a digest and a layer, and whether the layer's bytes were right. */
    async function pull(registry: RegistryProcess, { repository, digest, layer, bytes }: Image) {
      const [byTag, byDigest] = [
        await get(registry, `${repository}/manifests/1`),
        await get(registry, `${repository}/manifests/${digest}`),
      ];
      const blob = await get(registry, `${repository}/blobs/${layer}`).catch(() => new Response(null));
      const body = await blob.arrayBuffer().then(Buffer.from, () => Buffer.alloc(0));
      const isRight = body.equals(bytes);
      return { tag: byTag.status, digest: byDigest.status, layer: blob.status, isRight };
    }
    const EVERYTHING = { tag: 200, digest: 200, layer: 200, isRight: true };

    /** Whether a layer is kept in the bucket. */
    const isKept = (place: string, digest: string) =>
      existsSync(
        join(
          storage.bucketDirectory("registry"),
          `${place}/docker/registry/v2/blobs/sha256/${digest.slice(7, 9)}/${digest.slice(7)}/data`,
        ),
      );

    test("keeps what was pulled once, asks the upstream for tags only, and expires nothing", async () => {
      const { registry: upstream, faulty } = await startUpstream();
      const image = await push(upstream, "team/app");
      const { registry, place } = await startCache({ remoteurl: faulty.url });
      expect(await pull(registry, image)).toEqual(EVERYTHING);
      await eventually("it is kept", async () => isKept(place, image.layer));
      faulty.requests.length = 0;
      expect(await pull(registry, image)).toEqual(EVERYTHING);
      expect(faulty.requests).toEqual(["GET /v2/", "HEAD /v2/team/app/manifests/1"]);
      await sleep(6_000);
      const files = readdirSync(storage.bucketDirectory("registry"), { recursive: true }).map(String);
      expect(files.filter((file) => file.includes("scheduler-state"))).toEqual([]);
    });

    test("starts while its upstream refuses connections, serves what it holds, and comes back by itself", async () => {
      const { registry: upstream, faulty } = await startUpstream();
      const [warm, cold] = [await push(upstream, "team/warm"), await push(upstream, "team/cold")];
      const first = await startCache({ remoteurl: faulty.url });
      expect(await pull(first.registry, warm)).toEqual(EVERYTHING);
      await first.registry.stop();
      await faulty.goAway();
      const { registry } = await startCache({ remoteurl: faulty.url }, {}, first.place);
      expect(await pull(registry, warm)).toEqual(EVERYTHING);
      expect((await get(registry, "team/warm/tags/list")).status).toBe(200);
      expect(await pull(registry, cold)).toMatchObject({ tag: 404, digest: 500, layer: 500 });
      await faulty.comeBack();
      expect(await pull(registry, cold)).toEqual(EVERYTHING);
    });

    test("without the helper, Distribution does not start then: why there is one", async () => {
      const nobody = `http://127.0.0.1:${await freePort()}`;
      const proxy = { remoteurl: nobody, ttl: "0s", cachewritetimeout: "24h" };
      const ended = await upstreams.runToEnd({ proxy });
      expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining("connection refused")]);
    });

    test.each([
      ["right", "password", EVERYTHING],
      ["wrong", "another", { tag: 404, digest: 401, layer: 401 }],
    ])("logs in at an upstream that asks for a password: %s", async (_, password, expected) => {
      const users = path("upstream-users");
      writeFileSync(users, USERS);
      const { registry: upstream, faulty } = await startUpstream({ auth: { htpasswd: { realm: "r", path: users } } });
      const image = await pushAs(upstream, "team/app");
      const { registry } = await startCache({ remoteurl: faulty.url, username: "alice", password });
      expect(await pull(registry, image)).toMatchObject(expected);
      expect([...faulty.authorizations]).toEqual([basic("alice", password).authorization]);
    });

    async function pushAs(upstream: RegistryProcess, name: string): Promise<Image> {
      const open = await upstreams.start();
      const image = await push(open, name);
      const environment = { HOME: path(), DOCKER_CONFIG: path("docker") };
      await output(tools.crane, ["auth", "login", upstream.address, "-u", "alice", "-p", "password"], { environment });
      await output(tools.crane, ["copy", `${open.address}/${name}:1`, `${upstream.address}/${name}:1`], {
        environment,
      });
      return image;
    }

    test("asks a token server as nobody, or with its login", async () => {
      const tokenRequests: (string | undefined)[] = [];
      const { registry: upstream, faulty } = await startUpstream();
      const image = await push(upstream, "team/app");
      const realm = `${faulty.url}/token`;
      const challenge = {
        "www-authenticate": `Bearer realm="${realm}",service="s"`,
        "content-type": "application/json",
      };
      faulty.faults = ({ path: asked, authorization }) => {
        if (asked.startsWith("/token")) {
          tokenRequests.push(authorization);
          return { status: 200, headers: { "content-type": "application/json" }, body: '{"token":"t"}' };
        }
        return authorization === "Bearer t" ? undefined : { status: 401, headers: challenge, body: "{}" };
      };
      const anonymous = await startCache({ remoteurl: faulty.url });
      expect(await pull(anonymous.registry, image)).toEqual(EVERYTHING);
      expect(new Set(tokenRequests)).toEqual(new Set([undefined]));
      expect(anonymous.registry.log).not.toContain("failed to run command");
      tokenRequests.length = 0;
      const known = await startCache({ remoteurl: faulty.url, username: "team", password: 'pa$${ss"word' });
      expect(await pull(known.registry, image)).toEqual(EVERYTHING);
      expect(new Set(tokenRequests)).toEqual(new Set([basic("team", 'pa$${ss"word').authorization]));
    });

    const tooMany = {
      status: 429,
      headers: { "content-type": "application/json" },
      body: '{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}',
    };
    const flip = (body: Buffer) => Buffer.from(body.map((byte, n) => (n === 10 ? byte ^ 1 : byte)));

    describe("while the upstream misbehaves, what is held is served; nothing wrong is kept", () => {
      const isBlob = (asked: string) => asked.includes("/blobs/");
      test.each<[string, FaultyUpstream["faults"], object]>([
        ["limits requests", () => tooMany, { tag: 404, digest: 429, layer: 429 }],
        [
          "limits manifests only",
          ({ method, path: asked }) => (method === "GET" && asked.includes("/manifests/") ? tooMany : undefined),
          { tag: 429, digest: 429, layer: 200, isRight: true },
        ],
        ["forbids", () => ({ status: 403 }), { tag: 404, digest: 403, layer: 403 }],
        ["fails", () => ({ status: 503 }), { tag: 404, digest: 500, layer: 500 }],
        [
          "gives a layer with another content",
          ({ path: asked }) => (isBlob(asked) ? { change: flip } : undefined),
          { tag: 200, digest: 200, layer: 200, isRight: false },
        ],
        [
          "breaks off within a layer",
          ({ path: asked }) => (isBlob(asked) ? { change: (body) => body.subarray(0, body.length / 2) } : undefined),
          { tag: 200, digest: 200, isRight: false },
        ],
        [
          "gives another manifest",
          ({ method, path: asked }) =>
            method === "GET" && asked.includes("/manifests/") ? { change: flip } : undefined,
          { tag: 500, digest: 500 },
        ],
      ])("%s", async (_, faults, expected) => {
        const { registry: upstream, faulty } = await startUpstream();
        const [warm, cold] = [await push(upstream, "team/warm"), await push(upstream, "team/cold")];
        const { registry, place } = await startCache({ remoteurl: faulty.url });
        expect(await pull(registry, warm)).toEqual(EVERYTHING);
        faulty.faults = faults;
        expect(await pull(registry, warm)).toEqual(EVERYTHING);
        const got = await pull(registry, cold);
        expect(got).toMatchObject(expected);
        if (got.isRight) await eventually("it is kept", async () => isKept(place, cold.layer));
        else expect(isKept(place, cold.layer)).toBe(false);
        faulty.faults = () => undefined;
        expect(await pull(registry, cold)).toEqual(EVERYTHING);
      });

      test("never answers: a digest is served at once, a tag waits (Distribution has no limit there)", async () => {
        const { registry: upstream, faulty } = await startUpstream();
        const image = await push(upstream, "team/app");
        const { registry } = await startCache({ remoteurl: faulty.url });
        expect(await pull(registry, image)).toEqual(EVERYTHING);
        faulty.faults = () => ({ hangs: true });
        expect((await get(registry, `team/app/manifests/${image.digest}`)).status).toBe(200);
        expect((await get(registry, `team/app/blobs/${image.layer}`)).status).toBe(200);
        const waits = get(registry, "team/app/manifests/1", { signal: AbortSignal.timeout(2_000) });
        await expect(waits).rejects.toThrow(/timeout/);
        await faulty.goAway();
      });
    });

    describe("two caches on one bucket, each of an upstream of its own", () => {
      const slowly = { spreadOverMs: 2_000 };

      /** The same image name in both upstreams, another content in each. */
      async function startTwo() {
        const [hub, ghcr] = [await startUpstream(), await startUpstream()];
        const images = [await push(hub.registry, "team/app"), await push(ghcr.registry, "team/app")] as const;
        const caches = [
          await startCache({ remoteurl: hub.faulty.url }),
          await startCache({ remoteurl: ghcr.faulty.url }),
        ] as const;
        return { hub: { ...hub, ...caches[0], image: images[0] }, ghcr: { ...ghcr, ...caches[1], image: images[1] } };
      }

      test("neither serves, lists or keeps what is the other's", async () => {
        const { hub, ghcr } = await startTwo();
        for (const one of [hub, ghcr]) expect(await pull(one.registry, one.image)).toEqual(EVERYTHING);
        expect(hub.image.digest).not.toBe(ghcr.image.digest);
        expect(await pull(hub.registry, ghcr.image)).toMatchObject({ digest: 404, layer: 404 });
        await eventually("both are kept", async () =>
          [hub, ghcr].every(({ place, image }) => isKept(place, image.layer)),
        );
        expect(isKept(hub.place, ghcr.image.layer)).toBe(false);
        expect(isKept(ghcr.place, hub.image.layer)).toBe(false);
      });

      test.each<[string, FaultyUpstream["faults"] | "away", object]>([
        ["is away", "away", { tag: 404, digest: 500, layer: 500 }],
        ["limits requests", () => tooMany, { tag: 404, digest: 429, layer: 429 }],
        ["gives wrong digests", () => ({ change: flip }), { digest: 500, isRight: false }],
        ["is slow", () => slowly, EVERYTHING],
        ["never answers", () => ({ hangs: true }), {}],
      ])("one upstream %s: the other cache fetches and serves as ever", async (_, faults, expected) => {
        const { hub, ghcr } = await startTwo();
        if (faults === "away") await hub.faulty.goAway();
        else hub.faulty.faults = faults;
        const begun = Date.now();
        expect(await pull(ghcr.registry, ghcr.image)).toEqual(EVERYTHING);
        expect(Date.now() - begun).toBeLessThan(2_000);
        if (Object.keys(expected).length > 0) expect(await pull(hub.registry, hub.image)).toMatchObject(expected);
        else await hub.faulty.goAway();
        expect(await pull(ghcr.registry, ghcr.image)).toEqual(EVERYTHING);
      });

      test("a trim of one to nothing leaves the other whole", async () => {
        const { hub, ghcr } = await startTwo();
        for (const one of [hub, ghcr]) expect(await pull(one.registry, one.image)).toEqual(EVERYTHING);
        await eventually("both are kept", async () =>
          [hub, ghcr].every(({ place, image }) => isKept(place, image.layer)),
        );
        const bucket = directClient(storage.endpoint, KEYS);
        // All of the bucket is given to it: what is the other's lies elsewhere.
        const plan = planTrim(
          await everyOne(bucket.list("")),
          `${hub.place}/docker/registry/v2/`,
          0,
          Date.now() + 2 * 3_600_000,
        );
        expect(plan.keys.filter((key) => !key.startsWith(`${hub.place}/`))).toEqual([]);
        await bucket.remove(plan.keys);
        expect(isKept(hub.place, hub.image.layer)).toBe(false);
        await ghcr.faulty.goAway();
        expect(await pull(ghcr.registry, ghcr.image)).toEqual(EVERYTHING);
        expect(await pull(hub.registry, hub.image)).toEqual(EVERYTHING);
      });
    });

    describe("a slow first download", () => {
      const slow = { spreadOverMs: 4_000 };

      test("ends well", async () => {
        const { registry: upstream, faulty } = await startUpstream();
        const image = await push(upstream, "team/app", 8_000_000);
        const { registry, place } = await startCache({ remoteurl: faulty.url });
        faulty.faults = ({ method, path: asked }) =>
          method === "GET" && asked.includes(image.layer) ? slow : undefined;
        expect(await pull(registry, image)).toEqual(EVERYTHING);
        await eventually("it is kept", async () => isKept(place, image.layer));
      });

      test("is cut off by a cachewritetimeout below it: why short ones are refused", async () => {
        const { registry: upstream, faulty } = await startUpstream();
        const image = await push(upstream, "team/app", 24_000_000);
        const s3 = { bucket: "registry", region: "us-east-1", regionendpoint: storage.endpoint, forcepathstyle: true };
        const registry = await upstreams.startUnchecked({
          storage: {
            inmemory: null,
            s3: {
              ...s3,
              accesskey: KEYS.accessKey,
              secretkey: KEYS.secretKey,
              rootdirectory: "cut-off",
              chunksize: 5 * MIB,
            },
          },
          proxy: { remoteurl: faulty.url, ttl: "0s", cachewritetimeout: "1s" },
        });
        faulty.faults = ({ method, path: asked }) =>
          method === "GET" && asked.includes(image.layer) ? slow : undefined;
        expect(await pull(registry, image)).toMatchObject({ isRight: false });
        expect(isKept("cut-off", image.layer)).toBe(false);
      });
    });

    describe("time to live", () => {
      const configuration = { storage: { delete: { enabled: true } }, http: { draintimeout: "1s" } };

      /** One layer in two repositories, the second one fetched after the first expired. */
      async function expire(start: (remoteurl: string) => Promise<RegistryProcess>) {
        const { registry: upstream, faulty } = await startUpstream();
        const image = await push(upstream, "team/one");
        await output(tools.crane, ["copy", `${upstream.address}/team/one:1`, `${upstream.address}/team/two:1`], {
          environment: { HOME: path() },
        });
        const two = { ...image, repository: "team/two" };
        const registry = await start(faulty.url);
        expect(await pull(registry, image)).toEqual(EVERYTHING);
        await sleep(1_500);
        expect(await pull(registry, two)).toEqual(EVERYTHING);
        return { registry, faulty, two };
      }
      test("with a descriptor cache, what expired is answered by 200 with no bytes: why there is none", async () => {
        const { registry, two } = await expire((remoteurl) =>
          upstreams.startUnchecked({
            ...configuration,
            storage: { ...configuration.storage, cache: { blobdescriptor: "inmemory" } },
            proxy: { remoteurl, ttl: "3s" },
          }),
        );
        await sleep(2_200);
        expect(await pull(registry, two)).toEqual({ tag: 200, digest: 200, layer: 200, isRight: false });
      });

      test("without one, it is fetched again; with the upstream away for longer it is gone, as asked for", async () => {
        const { registry, faulty, two } = await expire(
          async (remoteurl) => (await startCache({ remoteurl, ttl: "3s" })).registry,
        );
        await sleep(2_200);
        expect(await pull(registry, two)).toEqual(EVERYTHING);
        await faulty.goAway();
        await sleep(5_000);
        expect(await pull(registry, two)).toMatchObject({ layer: 500, isRight: false });
        await faulty.comeBack();
        expect(await pull(registry, two)).toEqual(EVERYTHING);
      });

      test("by default, an upstream that is away for long takes nothing away", async () => {
        const { registry, faulty, two } = await expire(async (remoteurl) => (await startCache({ remoteurl })).registry);
        await faulty.goAway();
        await sleep(5_000);
        expect(await pull(registry, two)).toEqual(EVERYTHING);
      });
    });

    describe("what is removed below it", () => {
      const bucketOf = () => directClient(storage.endpoint, KEYS);

      test("is fetched again, whichever part of it is gone", async () => {
        const { registry: upstream, faulty } = await startUpstream();
        const images = [await push(upstream, "team/one"), await push(upstream, "team/two")];
        const { registry, place } = await startCache({ remoteurl: faulty.url });
        const bucket = bucketOf();
        for (const image of images) expect(await pull(registry, image)).toEqual(EVERYTHING);
        await eventually("all is kept", async () => images.every(({ layer }) => isKept(place, layer)));
        const keys = (await everyOne(bucket.list(`${place}/`))).map(({ key }) => key);
        expect(keys.length).toBeGreaterThan(10);
        // One after the other, then some of each kind, then everything.
        const some = [1, 2, 3].map((step) => keys.filter((_, n) => n % step === step - 1));
        for (const gone of [...keys.map((key) => [key]), ...some]) {
          await bucket.remove(gone);
          for (const image of images) expect(await pull(registry, image), gone.join(" ")).toEqual(EVERYTHING);
        }
      });

      test("trim removes what was not used for longest, and the cache goes on", async () => {
        const { registry: upstream, faulty } = await startUpstream();
        const [old, used] = [await push(upstream, "team/old"), await push(upstream, "team/used")];
        const { registry, place } = await startCache({ remoteurl: faulty.url });
        for (const image of [old, used]) expect(await pull(registry, image)).toEqual(EVERYTHING);
        await eventually("both are kept", async () => isKept(place, old.layer) && isKept(place, used.layer));
        await sleep(1_100);
        await get(registry, "team/old/manifests/1");
        const bucket = bucketOf();
        const objects = await everyOne(bucket.list(`${place}/`));
        const inTwoHours = Date.now() + 2 * 3_600_000;
        const plan = planTrim(objects, `${place}/docker/registry/v2/`, 150_000, inTwoHours);
        // `team/old` was asked for last.
        expect(plan.remove.map(({ name }) => name)).toEqual(["team/used"]);
        await bucket.remove(plan.keys);
        expect([isKept(place, old.layer), isKept(place, used.layer)]).toEqual([true, false]);
        expect(plan.bytesAfter).toBeLessThan(150_000);
        faulty.requests.length = 0;
        expect(await pull(registry, old)).toEqual(EVERYTHING);
        expect(faulty.requests.filter((request) => request.includes("/blobs/"))).toEqual([]);
        expect(await pull(registry, used)).toEqual(EVERYTHING);
      });

      test("a storage that refuses is named", async () => {
        const bucket = directClient(storage.endpoint, { ...KEYS, secretKey: "another-secret-0123456789" });
        await expect(everyOne(bucket.list("x/"))).rejects.toThrow(/the secret key is not the one of this access key/);
        await expect(bucket.remove(["x/y"])).rejects.toThrow(/the secret key is not the one of this access key/);
      });
    });
  },
);
