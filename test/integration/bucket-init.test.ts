import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BUCKET_JOB_COMMANDS, type BucketJobProps, expectOneLine, runBucketJob } from "../support/bucket-job";
import { freePort, temporaryDirectory } from "../support/process";
import { S3FaultProxy } from "../support/s3-fault-proxy";
import { S3StandIn } from "../support/s3-stand-in";
import { describeWithTools } from "../support/tools";
import { argumentsWhile, recordCommands } from "../support/watched-commands";

const ROOT = { accessKey: "ROOTACCESSKEY", secretKey: "root/secret+key=0123456789" };
const REGISTRY = { accessKey: "REGISTRYACCESSKEY", secretKey: "registry/secret+key=0123456789" };

/** Shells to run it with; the container's own is BusyBox's. */
const SHELLS: [string, [string, ...string[]]][] = [
  ["sh", ["sh"]],
  ["dash", ["dash"]],
  ["busybox", ["busybox", "sh"]],
];

describeWithTools(
  "the bucket job's script, on stand-in S3 (versitygw)",
  ["versitygw", "sh", ...BUCKET_JOB_COMMANDS],
  (tools) => {
    const path = temporaryDirectory();
    let storage: S3StandIn;

    beforeAll(async () => {
      storage = await S3StandIn.start(tools.versitygw, path("s3"), ROOT);
    });
    afterAll(() => storage?.stop());

    /** The job as it is for a server that has neither users nor lifecycle rules. */
    const props = (more: Partial<BucketJobProps> = {}): BucketJobProps => ({
      endpoint: storage.endpoint,
      bucket: "images",
      rootKeys: ROOT,
      incompleteUploadDays: 0,
      readyPath: S3StandIn.READY_PATH,
      waitSeconds: 5,
      ...more,
    });
    const bucketDirectory = (bucket: string) => storage.bucketDirectory(bucket);

    for (const [name, shell] of SHELLS) {
      describeWithTools(`by ${name}`, [shell[0]], () => runBy(name, shell));
    }

    function runBy(name: string, shell: readonly [string, ...string[]]): void {
      const bucket = `by-${name}`;
      const run = (more: Partial<BucketJobProps> = {}) =>
        runBucketJob(props({ bucket, ...more }), path(name), { shell });

      test("creates the bucket, and proves that anonymous requests are refused", async () => {
        expect(await run()).toEqual({
          code: 0,
          stdout: `bucket-init: bucket ${bucket} created\nbucket-init: anonymous requests are refused\n`,
          stderr: "",
        });
        expect((await fetch(`${storage.endpoint}/${bucket}?list-type=2`)).status).toBe(403);
      });

      test("changes nothing the second time", async () => {
        writeFileSync(join(bucketDirectory(bucket), "object"), "kept");
        expect(await run()).toMatchObject({ code: 0, stdout: expect.stringContaining(`bucket ${bucket} exists`) });
        expect(readFileSync(join(bucketDirectory(bucket), "object"), "utf8")).toBe("kept");
        expect(readdirSync(bucketDirectory(bucket))).toEqual(["object"]);
      });

      test("fails with one line", async () => {
        const ended = await run({ rootKeys: { ...ROOT, secretKey: "another/secret+key=0123" } });
        expectOneLine(
          ended,
          `look at bucket ${bucket} with the root key: GET /${bucket}?list-type=2&max-keys=1 answered HTTP 403 SignatureDoesNotMatch`,
        );
      });
    }

    test("a refusal comes with the server's own word for it", async () => {
      const ended = await runBucketJob(props({ rootKeys: { ...ROOT, accessKey: "SOMEBODY" } }), path("access"));
      expectOneLine(
        ended,
        "create bucket images: PUT /images answered HTTP 404 XAdminUserNotFound, expected 200 or 409",
      );
    });

    test("a server that never answers: a bounded wait, then one line", async () => {
      const endpoint = `http://127.0.0.1:${await freePort()}`;
      const begin = Date.now();
      const ended = await runBucketJob(props({ endpoint, waitSeconds: 2 }), path("absent"));
      expect(Date.now() - begin).toBeGreaterThan(900);
      expect(Date.now() - begin).toBeLessThan(5000);
      expectOneLine(
        ended,
        /storage was not ready within 2 s \(http:.*\), its own log says why: GET \/health got no answer: Failed to connect to /,
      );
    });

    test("a server that comes late is waited for", async () => {
      const late = await S3StandIn.start(tools.versitygw, path("late"), ROOT);
      await late.stop();
      const job = runBucketJob(props({ endpoint: late.endpoint, waitSeconds: 10 }), path("late-job"));
      await sleep(1000);
      await late.start();
      try {
        expect(await job).toMatchObject({ code: 0 });
      } finally {
        await late.stop();
      }
    });

    test("begins when every server is ready, and has been for a while: a rolling update takes one after the other", async () => {
      const [first, second] = [await S3FaultProxy.start(storage.endpoint), await S3FaultProxy.start(storage.endpoint)];
      const begin = Date.now();
      const seconds = () => (Date.now() - begin) / 1000;
      const away = (from: number, to: number) => () =>
        seconds() >= from && seconds() < to ? { status: 503 } : undefined;
      const asked = new Set<string>();
      const isReady = away(4, 6);
      first.fault = away(0, 2);
      second.fault = ({ method, key }) => {
        asked.add(`${method} ${key}`);
        return isReady();
      };
      const servers = [first.endpoint, second.endpoint];
      const ended = await runBucketJob(props({ servers, bucket: "steady", waitSeconds: 30 }), path("steady"));
      expect(ended).toMatchObject({ code: 0, stderr: "" });
      expect(seconds()).toBeGreaterThan(20);
      // What it makes, it makes by the endpoint.
      expect([...asked]).toEqual(["GET "]);
      expect(ended.stdout.split("\n").slice(0, 3)).toEqual([
        `bucket-init: waiting for ${first.endpoint}`,
        `bucket-init: waiting for ${second.endpoint}`,
        "bucket-init: bucket steady created",
      ]);
      for (const proxy of [first, second]) proxy.stop();
    });

    test("one of several servers that stays away: one line that names it", async () => {
      const absent = `http://127.0.0.1:${await freePort()}`;
      const ended = await runBucketJob(
        props({ servers: [storage.endpoint, absent], waitSeconds: 2 }),
        path("one-absent"),
      );
      expectOneLine(ended, `storage was not ready within 2 s (${absent})`);
    });

    test("a server of several that has not heard of the new bucket is asked again", async () => {
      const proxy = await S3FaultProxy.start(storage.endpoint);
      let looks = 0;
      proxy.fault = ({ method }) => {
        if (method === "HEAD") looks += 1;
        return method === "HEAD" && (looks === 2 || looks === 3) ? { status: looks === 2 ? 404 : 503 } : undefined;
      };
      expect(await runBucketJob(props({ endpoint: proxy.endpoint, bucket: "unheard" }), path("unheard"))).toMatchObject(
        { code: 0, stderr: "" },
      );
      expect(looks).toBe(4);
      proxy.stop();
    });

    test("a server without RustFS's API: one line that names the call", async () => {
      const ended = await runBucketJob(props({ registryKeys: REGISTRY }), path("admin"));
      expectOneLine(
        ended,
        /write policy registry-images: PUT \/rustfs\/admin\/v3\/add-canned-policy\?name=registry-images answered HTTP 4\d\d/,
      );
    });

    test("the registry's key must not be the root key", async () => {
      const ended = await runBucketJob(props({ registryKeys: { ...ROOT, secretKey: "other" } }), path("same"));
      expectOneLine(ended, "registry_s3_access_key must not be RustFS's root key");
    });

    test("no secret is in its output, nor in the arguments of anything it starts", async () => {
      const calls = path("calls");
      const shims = recordCommands(BUCKET_JOB_COMMANDS, path("shims"), calls);
      const directory = path("secrecy");
      const job = runBucketJob(props({ registryKeys: REGISTRY }), directory, { path: shims });
      const seen = await argumentsWhile(job);
      const { stdout, stderr } = await job;
      const recorded = readFileSync(calls, "utf8");
      expect(recorded).toContain("curl --silent");
      expect(seen).toContain("bucket-init.sh");
      for (const secret of [ROOT.secretKey, REGISTRY.secretKey]) {
        expect(stdout + stderr + recorded + seen).not.toContain(secret);
      }
    });
  },
);
