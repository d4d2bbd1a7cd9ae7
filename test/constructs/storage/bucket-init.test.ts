import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { BucketInit, type BucketInitProps, type ContainerSpec } from "../../../constructs";
import { contentOf, RecordingPlatform } from "../../support/recording-platform";
import { synthesize } from "../../support/synth";

const REQUIRED = {
  name: "team",
  image: "rustfs/rustfs:1.0.1",
  network: { id: "storage-id" },
  endpoint: "http://rustfs:9000",
  bucket: "images",
  rootKeys: { accessKey: "ROOT", secretKey: "root-secret" },
  registryKeys: { accessKey: "REG", secretKey: "reg-secret" },
};

const make = (props: Partial<BucketInitProps> = {}) => {
  const platform = new RecordingPlatform();
  synthesize((scope) => void new BucketInit(scope, "job", { ...REQUIRED, platform, ...props }));
  return platform.jobs["team-bucket-init"] as ContainerSpec;
};

describe("BucketInit", () => {
  test("gets keys as files, and no secret in its environment or arguments", () => {
    const job = make();
    expect(contentOf(job, "/run/secrets/registry-secret-key")).toBe("reg-secret");
    const { files, ...rest } = job;
    expect(JSON.stringify(rest)).not.toMatch(/reg-secret|root-secret/);
  });

  test("scopes the registry to one bucket", () => {
    const policy = JSON.parse(contentOf(make(), "/job/policy.json"));
    const resources = policy.Statement.flatMap((statement: { Resource: string[] }) => statement.Resource);
    expect(resources).toEqual(["arn:aws:s3:::images", "arn:aws:s3:::images/*"]);
    expect(JSON.stringify(policy)).not.toMatch(/s3:\*|"\*"|CreateBucket|DeleteBucket|PutBucketPolicy/);
  });

  test("renders every option", () => {
    const job = make({
      region: "eu-west-1",
      incompleteUploadDays: 3,
      readyPath: "/up",
      waitSeconds: 5,
      labels: { owner: "ops" },
    });
    expect(job.environment).toMatchObject({
      S3_ENDPOINT: "http://rustfs:9000",
      S3_REGION: "eu-west-1",
      S3_BUCKET: "images",
      READY_PATH: "/up",
      WAIT_SECONDS: "5",
      POLICY_NAME: "registry-images",
    });
    expect(job.labels).toEqual({ owner: "ops" });
    expect(contentOf(job, "/job/lifecycle.xml")).toContain("<DaysAfterInitiation>3</DaysAfterInitiation>");
  });

  test("runs again with what it is told to", () => {
    const platform = new RecordingPlatform();
    synthesize((scope) => {
      const server = platform.volume(scope, "server", { name: "x", protect: false, service: "any" });
      new BucketInit(scope, "job", { ...REQUIRED, platform, runAgainWith: [server] });
      expect(platform.jobs["team-bucket-init"]?.replaceWith).toEqual([server]);
    });
  });

  test("without registry keys and lifecycle days it asks nothing of RustFS's own API", () => {
    const job = make({ registryKeys: undefined, incompleteUploadDays: 0 });
    expect(job.environment).toMatchObject({ POLICY_NAME: "", LIFECYCLE_MD5: "" });
    expect(job.files?.map(({ path }) => path)).toEqual([
      "/job/bucket-init.sh",
      "/run/secrets/root-access-key",
      "/run/secrets/root-secret-key",
    ]);
  });

  test("the script deletes nothing but the object that it wrote itself", () => {
    const script = readFileSync("constructs/storage/bucket-init.sh", "utf8");
    const requests = [...script.matchAll(/^\s*(?:call|until_heard|while_passing \S+ \S+) "[^"]*" ([A-Z]+)/gm)].map(
      (match) => match[1],
    );
    expect(requests.length).toBeGreaterThan(8);
    expect(new Set(requests)).toEqual(new Set(["GET", "HEAD", "PUT", "DELETE"]));
    const deleting = script.split("\n").filter((line) => line.includes("DELETE"));
    expect(deleting.map((line) => line.trim())).toEqual([
      'until_heard "$registry" DELETE "/$S3_BUCKET/private-registry-proof"',
    ]);
  });

  test.each<[string, Partial<BucketInitProps>]>([
    ["a bucket in capitals", { bucket: "Images" }],
    ["a bucket of two letters", { bucket: "ab" }],
    ["a bucket of 64 letters", { bucket: "a".repeat(64) }],
    ["a bucket that is an address", { bucket: "10.0.0.1" }],
    ["366 days", { incompleteUploadDays: 366 }],
    ["no time to wait", { waitSeconds: 0 }],
  ])("refuses %s", (_, props) => expect(() => make(props)).toThrow(/must be/));

  test.each(["abc", "a".repeat(63), "a.b-c"])("takes the bucket %s", (bucket) =>
    expect(() => make({ bucket })).not.toThrow(),
  );
});
