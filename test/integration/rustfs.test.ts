import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Htpasswd, PrivateRegistry, type S3Keys } from "../../constructs";
import { BUCKET_JOB_COMMANDS, type BucketJobProps, expectOneLine, runBucketJob } from "../support/bucket-job";
import { freePort, output, showWhenTestFails, temporaryDirectory } from "../support/process";
import { basic, RegistryProcess, runRegistry } from "../support/registry-process";
import { RustFsProcess } from "../support/rustfs-process";
import { find, type Synthesized, synthesize } from "../support/synth";
import { describeWithTools } from "../support/tools";
import { argumentsWhile, recordCommands } from "../support/watched-commands";
import { outside, unpack } from "../support/without-docker";

const ROOT = { accessKey: "ROOTACCESSKEY", secretKey: "root/secret+key=0123456789" };
const REGISTRY = { accessKey: "REGISTRYACCESSKEY", secretKey: "registry/secret+key=0123456789" };
const ALICE = basic("alice", "password");

const NEEDS = ["rustfs", "registry", "crane", "tar", "sh", ...BUCKET_JOB_COMMANDS] as const;

describeWithTools("the whole stack as it is rendered, on real RustFS", NEEDS, (tools) => {
  const path = temporaryDirectory();
  let rustfs: RustFsProcess;
  let registry: RegistryProcess | undefined;
  let stack: Synthesized;

  beforeAll(async () => {
    stack = synthesize((scope) => {
      new PrivateRegistry(scope, "registry", {
        credentials: {
          rustfs_root_access_key: ROOT.accessKey,
          rustfs_root_secret_key: ROOT.secretKey,
          registry_s3_access_key: REGISTRY.accessKey,
          registry_s3_secret_key: REGISTRY.secretKey,
          registry_http_secret: "h".repeat(40),
          registry_htpasswd: Htpasswd.empty.with("alice", "password").toString(),
        },
      });
    });
    rustfs = await RustFsProcess.start(tools.rustfs, stack, path);
  });
  afterAll(async () => {
    await registry?.stop();
    await rustfs?.stop();
  });
  beforeEach(() => {
    showWhenTestFails(() => rustfs);
    showWhenTestFails(() => registry);
  });

  const props = (more: Partial<BucketJobProps> = {}): BucketJobProps => ({
    endpoint: rustfs.endpoint,
    bucket: "registry",
    rootKeys: ROOT,
    registryKeys: REGISTRY,
    ...more,
  });

  /** A signed request; the keys reach curl on its standard input. */
  async function s3(method: string, url: string, { accessKey, secretKey }: S3Keys, body = "") {
    const hash = createHash("sha256").update(body).digest("hex");
    writeFileSync(path("body"), body);
    const args = ["--silent", "--config", "-", "--aws-sigv4", "aws:amz:us-east-1:s3", "--request", method];
    args.push("--header", `x-amz-content-sha256: ${hash}`, "--write-out", "\n%{http_code}");
    if (body) args.push("--header", `Content-MD5: ${createHash("md5").update(body).digest("base64")}`);
    if (body) args.push("--data-binary", `@${path("body")}`);
    const input = `user = "${accessKey}:${secretKey}"\n`;
    const answer = await output("curl", [...args, `${rustfs.endpoint}${url}`], { input });
    return { status: Number(answer.slice(-3)), body: answer.slice(0, -4) };
  }

  describe("the bucket job", () => {
    test("makes bucket, rule and user while RustFS still starts, and shows no secret", async () => {
      const calls = path("calls");
      const shims = recordCommands(BUCKET_JOB_COMMANDS, path("shims"), calls);
      const job = runBucketJob(props(), path("job-1"), { path: shims });
      const seen = await argumentsWhile(job);
      const { code, stdout, stderr } = await job;
      expect({ code, stderr, stdout: stdout.split("\n") }).toEqual({
        code: 0,
        stderr: "",
        stdout: [
          "bucket-init: bucket registry created",
          "bucket-init: incomplete uploads are aborted by a lifecycle rule",
          "bucket-init: the registry's key reaches bucket registry and no other",
          "bucket-init: the storage took, gave and deleted an object, with the key of the registry",
          "bucket-init: anonymous requests are refused",
          "",
        ],
      });
      const recorded = readFileSync(calls, "utf8");
      expect(recorded).toContain("/rustfs/admin/v3/add-user?accessKey=REGISTRYACCESSKEY");
      for (const { secretKey } of [ROOT, REGISTRY]) expect(stdout + recorded + seen).not.toContain(secretKey);
    });

    test("changes nothing the second time", async () => {
      expect(await s3("PUT", "/registry/kept", ROOT, "content")).toMatchObject({ status: 200 });
      const ended = await runBucketJob(props(), path("job-2"));
      expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining("bucket registry exists") });
      expect(await s3("GET", "/registry/kept", ROOT)).toEqual({ status: 200, body: "content" });
      expect(await s3("DELETE", "/registry/kept", ROOT)).toMatchObject({ status: 204 });
    });

    test("sets the rule that aborts incomplete uploads", async () => {
      const { status, body } = await s3("GET", "/registry?lifecycle=", ROOT);
      expect(status).toBe(200);
      expect(body).toContain("<DaysAfterInitiation>7</DaysAfterInitiation>");
    });

    test("scopes the registry's key to its bucket", async () => {
      await s3("PUT", "/elsewhere", ROOT);
      const status = async (method: string, url: string, body = "") => (await s3(method, url, REGISTRY, body)).status;
      expect(await status("GET", "/registry?list-type=2")).toBe(200);
      expect(await status("GET", "/elsewhere?list-type=2")).toBe(403);
      expect(await status("PUT", "/elsewhere/object", "x")).toBe(403);
      expect(await status("PUT", "/a-new-bucket")).toBe(403);
      expect(await status("DELETE", "/registry")).toBe(403);
      expect(await status("PUT", "/registry?policy=", "{}")).toBe(403);
      expect(await status("GET", "/rustfs/admin/v3/list-users")).toBe(403);
      for (const url of ["/registry?list-type=2", "/", "/registry/docker"]) {
        expect((await fetch(`${rustfs.endpoint}${url}`)).status).toBe(403);
      }
    });

    test("leaves lifecycle rules of others alone", async () => {
      const rule = "<Rule><ID>mine</ID><Filter><Prefix>x/</Prefix></Filter><Status>Enabled</Status>";
      const rules = `<LifecycleConfiguration>${rule}<Expiration><Days>9</Days></Expiration></Rule></LifecycleConfiguration>`;
      expect(await s3("PUT", "/elsewhere?lifecycle=", ROOT, rules)).toMatchObject({ status: 200 });
      const keys = { ...REGISTRY, accessKey: "ANOTHERACCESSKEY" };
      const ended = await runBucketJob(props({ bucket: "elsewhere", registryKeys: keys }), path("job-3"));
      expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining("rules of its own: left alone") });
      expect((await s3("GET", "/elsewhere?lifecycle=", ROOT)).body).toContain("<ID>mine</ID>");
    });

    test("a new secret replaces the old one", async () => {
      const next = { ...REGISTRY, secretKey: "the/next+secret=0123456789" };
      expect(await runBucketJob(props({ registryKeys: next }), path("job-4"))).toMatchObject({ code: 0 });
      expect((await s3("GET", "/registry?list-type=2", next)).status).toBe(200);
      expect((await s3("GET", "/registry?list-type=2", REGISTRY)).status).toBe(403);
      expect(await runBucketJob(props(), path("job-5"))).toMatchObject({ code: 0 });
      expect((await s3("GET", "/registry?list-type=2", REGISTRY)).status).toBe(200);
    });

    test("with a wrong root secret it fails with one line", async () => {
      const rootKeys = { ...ROOT, secretKey: "another/secret+key=0123" };
      const ended = await runBucketJob(props({ rootKeys }), path("job-6"));
      expectOneLine(
        ended,
        "look at bucket registry with the root key: GET /registry?list-type=2&max-keys=1 answered HTTP 403 SignatureDoesNotMatch",
      );
    });
  });

  describe("the registry, with its scoped key only", () => {
    let files: { command: string; environment: Record<string, string> };
    let port: number;
    const images: Record<string, string> = {};

    beforeAll(async () => {
      port = await freePort();
      const places = outside(path, { port, debugPort: await freePort(), endpoint: rustfs.endpoint });
      const { command, environment } = unpack(find(stack, "docker_container", "distribution"), path(), places);
      files = { command: command.at(-1) ?? "", environment };
      mkdirSync(path("auth"), { recursive: true });
      const job = unpack(find(stack, "docker_container", "htpasswd"), path(), places);
      await output(job.entrypoint[0] ?? "", job.entrypoint.slice(1));
      await startRegistry();
      await crane("auth", "login", registry?.address ?? "", "-u", "alice", "-p", "password");
    });

    const startRegistry = async () => {
      registry = await RegistryProcess.start(tools.registry, files.command, port, files.environment);
    };
    const crane = (...args: string[]) =>
      output(tools.crane, args, { environment: { DOCKER_CONFIG: path("docker"), HOME: path() } });
    const reference = (name: string) => `127.0.0.1:${port}/team/${name}:1`;
    const blob = (name: string) =>
      fetch(`http://127.0.0.1:${port}/v2/team/${name}/blobs/${layerDigest(name)}`, {
        headers: ALICE,
        redirect: "manual",
      });
    const layerDigest = (name: string) =>
      `sha256:${createHash("sha256")
        .update(readFileSync(path(`${name}.tar.gz`)))
        .digest("hex")}`;

    test("was given no other key", () => {
      const credentials = readFileSync(files.environment.AWS_SHARED_CREDENTIALS_FILE ?? "", "utf8");
      expect(credentials).toContain(REGISTRY.accessKey);
      expect(credentials + readFileSync(files.command, "utf8")).not.toContain(ROOT.accessKey);
    });

    test.each([
      ["small", 20_000],
      ["large", 42 * 1024 ** 2],
    ])("pushes and pulls a %s image", async (name, size) => {
      writeFileSync(path(`${name}.bin`), randomBytes(size));
      await output("tar", ["-czf", path(`${name}.tar.gz`), "-C", path(), `${name}.bin`]);
      const layer = path(`${name}.tar.gz`);
      const pushed = await crane("append", "--oci-empty-base", "-f", layer, "-t", reference(name));
      images[name] = pushed.split("@")[1] ?? "";
      expect(await crane("digest", reference(name))).toBe(images[name]);
      await crane("validate", "--remote", reference(name));
      const answer = await blob(name);
      expect(answer.status).toBe(200);
      expect(Buffer.from(await answer.arrayBuffer()).equals(readFileSync(layer))).toBe(true);
    });

    test("keeps them when RustFS and the registry start again", async () => {
      await registry?.stop();
      await rustfs.stop();
      await rustfs.start();
      await rustfs.ready();
      await startRegistry();
      for (const [name, digest] of Object.entries(images)) {
        expect(await crane("digest", reference(name))).toBe(digest);
        await crane("validate", "--remote", reference(name));
      }
    });

    test("deletes, and collects the garbage", async () => {
      await crane("delete", `127.0.0.1:${port}/team/large@${images.large}`);
      await registry?.stop();
      const collected = await runRegistry(tools.registry, ["garbage-collect", files.command], files.environment);
      expect(collected).toMatchObject({ code: 0 });
      await startRegistry();
      expect((await blob("large")).status).toBe(404);
      expect((await blob("small")).status).toBe(200);
    });
  });
});
