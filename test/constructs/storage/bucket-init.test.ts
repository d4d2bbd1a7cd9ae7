import { readFileSync } from "node:fs";
import { Container } from "@cdktf/provider-docker/lib/container";
import { describe, expect, test } from "vitest";
import { BucketInit, type BucketInitProps, DockerHost } from "../../../constructs";
import { environmentOf, fileOf, find, synthesize } from "../../support/synth";

const REQUIRED = {
  platform: new DockerHost(),
  name: "team-bucket-init",
  image: "rustfs/rustfs:1.0.1",
  network: { id: "storage-id" },
  endpoint: "http://rustfs:9000",
  bucket: "images",
  rootKeys: { accessKey: "ROOT", secretKey: "root-secret" },
  registryKeys: { accessKey: "REG", secretKey: "reg-secret" },
};

const make = (props: Partial<BucketInitProps> = {}) =>
  find(
    synthesize((scope) => void new BucketInit(scope, "job", { ...REQUIRED, ...props })),
    "docker_container",
    "job",
  );

describe("BucketInit", () => {
  test("is a job whose failure fails the apply and shows what it said", () => {
    const job = make();
    expect(job).toMatchObject({ attach: true, must_run: false, restart: "no", logs: true });
    expect(job.provisioner[0]["local-exec"]).toMatchObject({
      environment: { EXIT_CODE: "${self.exit_code}", OUTPUT: "${self.container_logs}" },
    });
  });

  test("gets keys as files, and no secret in its environment or arguments", () => {
    const job = make();
    expect(fileOf(job, "/run/secrets/registry-secret-key")).toBe("reg-secret");
    const { upload, ...rest } = job;
    expect(JSON.stringify(rest)).not.toMatch(/reg-secret|root-secret/);
  });

  test("scopes the registry to one bucket", () => {
    const policy = JSON.parse(fileOf(make(), "/job/policy.json"));
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
    expect(environmentOf(job)).toMatchObject({
      S3_ENDPOINT: "http://rustfs:9000",
      S3_REGION: "eu-west-1",
      S3_BUCKET: "images",
      READY_PATH: "/up",
      WAIT_SECONDS: "5",
      POLICY_NAME: "registry-images",
    });
    expect(job.labels).toContainEqual({ label: "owner", value: "ops" });
    expect(fileOf(job, "/job/lifecycle.xml")).toContain("<DaysAfterInitiation>3</DaysAfterInitiation>");
  });

  test("runs again with what it is told to", () => {
    const stack = synthesize((scope) => {
      const rustfs = new Container(scope, "server", { name: "x", image: "y" });
      new BucketInit(scope, "job", { ...REQUIRED, runAgainWith: [rustfs] });
    });
    expect(find(stack, "docker_container", "job").lifecycle).toEqual({
      replace_triggered_by: ["docker_container.server"],
    });
  });

  test("without registry keys and lifecycle days it asks nothing of RustFS's own API", () => {
    const job = make({ registryKeys: undefined, incompleteUploadDays: 0 });
    expect(environmentOf(job)).toMatchObject({ POLICY_NAME: "", LIFECYCLE_MD5: "" });
    expect(job.upload.map((file: { file: string }) => file.file)).toEqual([
      "/job/bucket-init.sh",
      "/run/secrets/root-access-key",
      "/run/secrets/root-secret-key",
    ]);
  });

  test("the script deletes nothing but the object that it wrote itself", () => {
    const script = readFileSync("constructs/storage/bucket-init.sh", "utf8");
    const requests = [...script.matchAll(/^\s*(?:call|until_within \S+ \S+) "[^"]*" ([A-Z]+)/gm)].map(
      (match) => match[1],
    );
    expect(requests.length).toBeGreaterThan(8);
    expect(new Set(requests)).toEqual(new Set(["GET", "HEAD", "PUT", "DELETE"]));
    const deleting = script.split("\n").filter((line) => line.includes("DELETE"));
    expect(deleting.map((line) => line.trim())).toEqual([
      'call "$registry" DELETE "/$S3_BUCKET/private-registry-proof"',
    ]);
  });

  test("reaches Terraform unharmed: every template mark is doubled", () => {
    const script = fileOf(make(), "/job/bucket-init.sh");
    expect(script.replaceAll("$${", "").replaceAll("%%{", "")).not.toMatch(/[$%]\{/);
    expect(script.replace(/([$%])\1(?=\{)/g, "$1")).toBe(readFileSync("constructs/storage/bucket-init.sh", "utf8"));
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
