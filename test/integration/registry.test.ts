import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Htpasswd, PrivateRegistry, type PrivateRegistryProps, RegistryStorage } from "../../constructs";
import { runBucketJob } from "../support/bucket-job";
import { eventually, freePort, output, run, showWhenTestFails, temporaryDirectory } from "../support/process";
import { basic, RegistryProcess } from "../support/registry-process";
import { S3StandIn } from "../support/s3-stand-in";
import { find, type Synthesized, synthesize } from "../support/synth";
import { describeWithTools } from "../support/tools";
import { outside, unpack } from "../support/without-docker";

const KEYS = { accessKey: "STANDINKEY", secretKey: "stand-in/secret+0123456789" };
const PASSWORD = "alice's password";
const ALICE = basic("alice", PASSWORD);
const BOB = basic("bob", "bob's password");

/** A registry with nothing chosen but how soon its health check notices. */
function registryStack(users: Htpasswd, props: PrivateRegistryProps = {}): Synthesized {
  return synthesize((scope) => {
    new PrivateRegistry(scope, "registry", {
      registry: { configuration: { health: { storagedriver: { interval: "200ms" } } } },
      credentials: {
        rustfs_root_access_key: "ROOTKEY",
        rustfs_root_secret_key: "root-secret-0123456789",
        registry_s3_access_key: KEYS.accessKey,
        registry_s3_secret_key: KEYS.secretKey,
        registry_http_secret: "h".repeat(40),
        registry_htpasswd: users.toString(),
      },
      ...props,
    });
  });
}

const sha256 = (bytes: Buffer) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

describeWithTools(
  "the registry as it is rendered, on stand-in S3 (versitygw)",
  ["registry", "crane", "versitygw", "tar"],
  (tools) => {
    const path = temporaryDirectory();
    const alice = Htpasswd.empty.with("alice", PASSWORD);
    let storage: S3StandIn;
    let registry: RegistryProcess;
    let port: number;
    let debugPort: number;
    let small: Image;
    let large: Image;

    interface Image {
      readonly reference: string;
      readonly digest: string;
      /** The layer's file; the registry must keep these very bytes. */
      readonly layer: Buffer;
    }

    const places = () => outside(path, { port, debugPort, endpoint: storage.endpoint });

    async function startRegistry(props?: PrivateRegistryProps): Promise<RegistryProcess> {
      const container = find(registryStack(alice, props), "docker_container", "distribution");
      const { command, environment } = unpack(container, path(), places());
      return RegistryProcess.start(tools.registry, command.at(-1) ?? "", port, environment);
    }

    /** What the job does when the variable `registry_htpasswd` changes. */
    async function writeUsers(users: Htpasswd): Promise<void> {
      const job = unpack(find(registryStack(users), "docker_container", "htpasswd"), path(), places());
      const [shell = "", ...args] = job.entrypoint;
      await output(shell, args);
    }

    const crane = (...args: string[]) => output(tools.crane, args, { environment: craneEnvironment("docker-config") });
    const craneEnvironment = (config: string) => ({ DOCKER_CONFIG: path(config), HOME: path() });

    async function push(name: string, size: number): Promise<Image> {
      const file = path(`${name}.bin`);
      writeFileSync(file, randomBytes(size));
      await output("tar", ["-czf", path(`${name}.tar.gz`), "-C", path(), `${name}.bin`]);
      const reference = `${registry.address}/team/${name}:1`;
      const pushed = await crane("append", "--oci-empty-base", "-f", path(`${name}.tar.gz`), "-t", reference);
      const digest = pushed.split("@")[1] ?? "";
      return { reference, digest, layer: readFileSync(path(`${name}.tar.gz`)) };
    }

    async function expectPulls({ reference, digest, layer }: Image): Promise<void> {
      const directory = path("pulled", digest.slice(7, 19));
      mkdirSync(path("pulled"), { recursive: true });
      await crane("pull", "--format", "oci", reference, directory);
      const index = JSON.parse(readFileSync(join(directory, "index.json"), "utf8"));
      expect(index.manifests[0].digest).toBe(digest);
      const blob = readFileSync(join(directory, "blobs/sha256", sha256(layer).slice(7)));
      expect(blob.equals(layer)).toBe(true);
    }

    const get = (url: string, headers: Record<string, string> = ALICE) =>
      fetch(`${registry.url}${url}`, { headers, redirect: "manual" });
    const health = () => fetch(`http://127.0.0.1:${debugPort}/debug/health`);

    beforeAll(async () => {
      [port, debugPort] = [await freePort(), await freePort()];
      storage = await S3StandIn.start(tools.versitygw, path("s3"), KEYS);
      const bucket = { bucket: "registry", rootKeys: KEYS, incompleteUploadDays: 0, readyPath: S3StandIn.READY_PATH };
      expect(await runBucketJob({ ...bucket, endpoint: storage.endpoint }, path())).toMatchObject({ code: 0 });
      mkdirSync(path("auth"));
      await writeUsers(alice);
      registry = await startRegistry();
    });
    afterAll(async () => {
      await registry?.stop();
      await storage?.stop();
    });
    beforeEach(() => showWhenTestFails(() => registry));

    test("lets in who has the password, and nobody else", async () => {
      expect((await get("/v2/")).status).toBe(200);
      for (const headers of [{}, basic("alice", "wrong"), BOB]) {
        const answer = await get("/v2/_catalog", headers);
        expect(answer.status).toBe(401);
        expect(answer.headers.get("www-authenticate")).toBe('Basic realm="registry"');
      }
    });

    test("crane logs in; with a wrong password it does not", async () => {
      const as = (config: string, ...args: string[]) =>
        run(tools.crane, args, { environment: craneEnvironment(config) });
      const login = ["auth", "login", registry.address, "-u", "alice", "-p"];
      expect(await as("docker-config", ...login, PASSWORD)).toMatchObject({ code: 0 });
      // It stores the password unseen, and finds out with the first request.
      await as("wrong-config", ...login, "wrong");
      const refused = await as("wrong-config", "catalog", registry.address);
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toMatch(/401|UNAUTHORIZED/);
    });

    test("keeps a small image byte for byte", async () => {
      small = await push("small", 20_000);
      await expectPulls(small);
    });

    test("keeps an image whose layer is copied in several parts", async () => {
      large = await push("large", 42 * 1024 ** 2);
      await expectPulls(large);
    });

    test("keeps it all in the bucket", () => {
      const blobs = join(storage.bucketDirectory("registry"), "docker/registry/v2/blobs/sha256");
      const hex = sha256(large.layer).slice(7);
      expect(readFileSync(join(blobs, hex.slice(0, 2), hex, "data")).equals(large.layer)).toBe(true);
    });

    test("answers with the blob itself, not with a redirect to the storage", async () => {
      const blob = await get(`/v2/team/small/blobs/${sha256(small.layer)}`);
      expect(blob.status).toBe(200);
      expect(sha256(Buffer.from(await blob.arrayBuffer()))).toBe(sha256(small.layer));
    });

    test("lists tags and repositories", async () => {
      await crane("tag", small.reference, "v2");
      expect(await (await get("/v2/team/small/tags/list")).json()).toEqual({ name: "team/small", tags: ["1", "v2"] });
      expect(await (await get("/v2/_catalog")).json()).toEqual({ repositories: ["team/large", "team/small"] });
    });

    test("deletes by digest", async () => {
      const doomed = await push("doomed", 1000);
      const url = `/v2/team/doomed/manifests/${doomed.digest}`;
      const accept = { ...ALICE, accept: "application/vnd.oci.image.manifest.v1+json" };
      expect((await get(url, accept)).status).toBe(200);
      expect((await fetch(`${registry.url}${url}`, { method: "DELETE", headers: ALICE })).status).toBe(202);
      expect((await get(url, accept)).status).toBe(404);
      expect((await get(`/v2/team/doomed/blobs/${sha256(doomed.layer)}`)).status).toBe(200);
    });

    test("shows the rendered header, and no S3 key in its log", async () => {
      expect((await get("/v2/")).headers.get("x-content-type-options")).toBe("nosniff");
      expect(registry.log + registry.accessLog).not.toContain(KEYS.secretKey);
    });

    test("a restart loses nothing, an upload half done included", async () => {
      const [first, rest] = [randomBytes(50_000), randomBytes(1000)];
      const started = await fetch(`${registry.url}/v2/team/half/blobs/uploads/`, { method: "POST", headers: ALICE });
      const patch = { method: "PATCH", headers: { ...ALICE, "content-type": "application/octet-stream" } };
      const patched = await fetch(started.headers.get("location") ?? "", { ...patch, body: first });
      expect(patched.status).toBe(202);

      expect(await registry.stop()).toMatchObject({ code: 0 });
      registry = await startRegistry();

      const digest = sha256(Buffer.concat([first, rest]));
      const location = `${patched.headers.get("location")}&digest=${encodeURIComponent(digest)}`;
      expect((await fetch(location, { ...patch, method: "PUT", body: rest })).status).toBe(201);
      await expectPulls(small);
      await expectPulls(large);
      expect(await (await get("/v2/team/small/tags/list")).json()).toEqual({ name: "team/small", tags: ["1", "v2"] });
    });

    test("a user is added without a restart and without a failed request", async () => {
      const answers: number[] = [];
      const poll = setInterval(async () => answers.push((await get("/v2/")).status), 100);
      try {
        await sleep(500);
        expect((await get("/v2/", BOB)).status).toBe(401);
        await writeUsers(alice.with("bob", "bob's password"));
        await eventually("bob is let in", async () => (await get("/v2/", BOB)).status === 200, 2000);
        await sleep(500);
      } finally {
        clearInterval(poll);
      }
      expect(answers.length).toBeGreaterThanOrEqual(9);
      expect(new Set(answers)).toEqual(new Set([200]));
    });

    test("a list without any user is refused, and the old one stays", async () => {
      const stack = registryStack(alice);
      const job = unpack(find(stack, "docker_container", "htpasswd"), path(), places());
      writeFileSync(path("incoming/htpasswd"), "# nobody\n");
      const [shell = "", ...args] = job.entrypoint;
      expect(await run(shell, args)).toMatchObject({ code: 1, stderr: /no user in registry_htpasswd/ });
      expect((await get("/v2/")).status).toBe(200);
    });

    test("is healthy while its storage answers, and only then", async () => {
      expect((await health()).status).toBe(200);
      await storage.stop();
      try {
        const sick = await eventually("health answers 503", async () => {
          const answer = await health();
          return answer.status === 503 && answer;
        });
        expect(Object.keys((await sick.json()) as object)).toEqual(["storagedriver_s3"]);
        expect((await get("/v2/")).status).toBe(503);
      } finally {
        await storage.start();
      }
      await eventually("health answers 200 again", async () => (await health()).status === 200);
      await expectPulls(small);
    });

    test("upload state signed with another secret is refused: replicas must share it", async () => {
      const started = await fetch(`${registry.url}/v2/team/half/blobs/uploads/`, { method: "POST", headers: ALICE });
      const container = find(registryStack(alice), "docker_container", "distribution");
      const { command, environment } = unpack(container, path(), { ...places(), ["h".repeat(40)]: "i".repeat(40) });
      await registry.stop();
      registry = await RegistryProcess.start(tools.registry, command.at(-1) ?? "", port, environment);
      const location = started.headers.get("location") ?? "";
      expect((await fetch(location, { method: "PATCH", headers: ALICE, body: "x" })).status).toBe(404);
    });

    test("with redirects on, clients would be sent to the storage's own address", async () => {
      await registry.stop();
      registry = await startRegistry({ registry: { configuration: { storage: { redirect: null } } } });
      const blob = await get(`/v2/team/small/blobs/${sha256(small.layer)}`);
      expect(blob.status).toBe(307);
      expect(blob.headers.get("location")).toContain(`${storage.endpoint}/registry/`);
    });

    test("keeps everything below a root directory when told to", async () => {
      await registry.stop();
      registry = await startRegistry({ storage: RegistryStorage.rustfs({ rootDirectory: "some/prefix" }) });
      const image = await push("prefixed", 1000);
      await expectPulls(image);
      expect(existsSync(join(storage.bucketDirectory("registry"), "some/prefix/docker/registry/v2/blobs"))).toBe(true);
    });
  },
);
