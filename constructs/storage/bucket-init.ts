import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TerraformResource } from "cdktf";
import { Construct } from "constructs";
import type { ContainerFile, ContainerNetwork, PartProps } from "../platform/platform";
import { check } from "../rules/checks";
import { DEFAULT_REGION, RUSTFS, WAIT } from "../values/defaults";
import { throwIfInvalid } from "../values/errors";
import { INCOMPLETE_UPLOAD_DAYS, WAIT_SECONDS } from "../values/limits";
import { BUCKET, REGION } from "../values/names";
import { objectName } from "../values/object-names";
import type { S3Keys } from "./s3-access";

/** The container is called `<name>-bucket-init`. */
export interface BucketInitProps extends PartProps {
  /** Image with `sh`, `curl` ≥ 7.88 and `sha256sum`: RustFS's own has them. */
  readonly image: string;
  /** Network on which the endpoint answers. */
  readonly network: ContainerNetwork;
  /** S3 endpoint, scheme and port included: `http://rustfs:9000`. */
  readonly endpoint: string;
  /** Endpoints of the servers behind it, when there are several: the job begins when all are ready, and have been for 15 s. @default - one */
  readonly servers?: readonly string[];
  readonly bucket: string;
  /** @default "us-east-1" */
  readonly region?: string;
  /** Keys that may create buckets and users. */
  readonly rootKeys: S3Keys;
  /** Keys of the user to create, allowed in this bucket only. @default - no user: the server is not RustFS */
  readonly registryKeys?: S3Keys;
  /**
   * Days after which a rule of the bucket throws an unfinished upload away, 1–365; 0 sets no rule. RustFS throws it away after 24 h
   * all the same, unless its variable `RUSTFS_API_STALE_UPLOADS_EXPIRY` says later, as `RustFs` does. @default 7
   */
  readonly incompleteUploadDays?: number;
  /** Write, read and delete an object with the registry's keys; not for a registry that is read-only. @default true */
  readonly proveWrites?: boolean;
  /** What answers 200 when the server is ready. @default "/health/ready" */
  readonly readyPath?: string;
  /** How long to wait for that. @default 60; of several servers 300 */
  readonly waitSeconds?: number;
  /** Resources whose replacement runs the job again, such as RustFS. @default - only its own definition does */
  readonly runAgainWith?: TerraformResource[];
}

/**
 * A job that makes the bucket, its lifecycle rule and a user scoped to it, and proves that they work and nothing else does.
 * It only creates what is missing; all that it deletes is the object that it wrote itself. See `bucket-init.sh`.
 */
export class BucketInit extends Construct {
  /** The container, ended with exit code 0 once applied. */
  public readonly job: TerraformResource;

  constructor(scope: Construct, id: string, props: BucketInitProps) {
    super(scope, id);
    throwIfInvalid(this, [
      check("bucket", props.bucket, BUCKET),
      check("region", props.region, REGION),
      // 0 sets no rule.
      check("incompleteUploadDays", props.incompleteUploadDays || undefined, INCOMPLETE_UPLOAD_DAYS),
      check("waitSeconds", props.waitSeconds, WAIT_SECONDS),
    ]);
    this.job = props.platform.job(this, "Resource", {
      name: objectName(props.name, "bucket-init"),
      component: "bucket-init",
      image: props.image,
      entrypoint: ["/bin/sh", "/job/bucket-init.sh"],
      command: [],
      environment: bucketInitEnvironment(props),
      files: files(props),
      networks: [{ id: props.network.id }],
      replaceWith: props.runAgainWith,
      labels: props.labels,
      dependsOn: props.dependsOn,
    });
  }
}

type Settings = Pick<
  BucketInitProps,
  | "endpoint"
  | "servers"
  | "region"
  | "bucket"
  | "registryKeys"
  | "incompleteUploadDays"
  | "proveWrites"
  | "readyPath"
  | "waitSeconds"
>;

/** How long several servers must all have been ready: longer than a rolling update takes from one to the next. */
const STEADY_SECONDS = 15;
/** How long a rolling update of several may take. */
const ROLL_SECONDS = 300;

/** The script's variables; nothing in them is secret. */
function bucketInitEnvironment(props: Settings): Record<string, string> {
  const { servers = [props.endpoint] } = props;
  const isAlone = servers.length === 1;
  const lifecycle = lifecycleXml(props.incompleteUploadDays ?? RUSTFS.incompleteUploadDays);
  return {
    S3_ENDPOINT: props.endpoint,
    S3_REGION: props.region ?? DEFAULT_REGION,
    S3_BUCKET: props.bucket,
    READY_PATH: props.readyPath ?? "/health/ready",
    WAIT_SECONDS: String(props.waitSeconds ?? (isAlone ? WAIT : ROLL_SECONDS)),
    SERVERS: servers.join(" "),
    STEADY_SECONDS: String(isAlone ? 0 : STEADY_SECONDS),
    POLICY_NAME: props.registryKeys ? `registry-${props.bucket}` : "",
    LIFECYCLE_MD5: lifecycle ? createHash("md5").update(lifecycle).digest("base64") : "",
    PROVE: props.proveWrites === false ? "read" : "write",
    JOB_DIR: "/job",
    SECRETS_DIR: "/run/secrets",
  };
}

/** The script and the documents it sends, by file name. */
function bucketInitFiles(props: Settings): Record<string, string> {
  const lifecycle = lifecycleXml(props.incompleteUploadDays ?? RUSTFS.incompleteUploadDays);
  return {
    "bucket-init.sh": readFileSync(join(__dirname, "bucket-init.sh"), "utf8"),
    ...(props.registryKeys ? { "policy.json": JSON.stringify(bucketPolicy(props.bucket)) } : {}),
    ...(lifecycle ? { "lifecycle.xml": lifecycle } : {}),
  };
}

function files(props: BucketInitProps): ContainerFile[] {
  const keys = {
    "root-access-key": props.rootKeys.accessKey,
    "root-secret-key": props.rootKeys.secretKey,
    ...(props.registryKeys && {
      "registry-access-key": props.registryKeys.accessKey,
      "registry-secret-key": props.registryKeys.secretKey,
    }),
  };
  return [
    ...Object.entries(bucketInitFiles(props)).map(([name, content]) => ({ path: `/job/${name}`, content })),
    ...Object.entries(keys).map(([name, content]) => ({ path: `/run/secrets/${name}`, content })),
  ];
}

/** What Distribution's S3 driver asks for, per its documentation of the driver; push, pull, delete and collection ran with it. */
function bucketPolicy(bucket: string) {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
        Resource: [`arn:aws:s3:::${bucket}`],
      },
      {
        Effect: "Allow",
        Action: [
          "s3:PutObject",
          "s3:GetObject",
          "s3:DeleteObject",
          "s3:ListMultipartUploadParts",
          "s3:AbortMultipartUpload",
        ],
        Resource: [`arn:aws:s3:::${bucket}/*`],
      },
    ],
  };
}

/** Distribution purges its own upload folders, but never aborts S3's multipart uploads: the bucket has to. */
function lifecycleXml(days: number): string | undefined {
  if (days === 0) return undefined;
  return [
    "<LifecycleConfiguration><Rule>",
    "<ID>abort-incomplete-uploads</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>",
    `<AbortIncompleteMultipartUpload><DaysAfterInitiation>${days}</DaysAfterInitiation></AbortIncompleteMultipartUpload>`,
    "</Rule></LifecycleConfiguration>",
  ].join("");
}
