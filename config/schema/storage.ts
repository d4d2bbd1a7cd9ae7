import { z } from "zod";
import { PORT, S3_ENDPOINT } from "../../constructs/values/addresses";
import { KEYS_FROM, LOG_LEVEL, OBJECT_ACL, STORAGE_CLASS } from "../../constructs/values/choices";
import { COPIES_AT_ONCE, DEFAULT_BUCKET, DEFAULT_REGION, PUBLISHED, RUSTFS } from "../../constructs/values/defaults";
import {
  COPIES,
  INCOMPLETE_UPLOAD_DAYS,
  MAX_DRIVES,
  PARITY,
  PART_MB,
  RUSTFS_MEMORY_MB,
  RUSTFS_STOP_SECONDS,
} from "../../constructs/values/limits";
import { LISTENING } from "../../constructs/values/listening";
import { HOST_DIRECTORY, KMS_KEY, RUSTFS_VARIABLE } from "../../constructs/values/names";
import { CHUNK_SIZE_MB } from "../../constructs/values/upload-memory";
import {
  address,
  bucketName,
  cpus,
  dockerName,
  flag,
  form,
  keyPrefix,
  labels,
  list,
  number,
  path,
  port,
  range,
  region,
  restart,
  textMap,
  word,
} from "./values";

const published = (defaultPort: number, what: string) =>
  z
    .strictObject({
      address: address()
        .default(PUBLISHED.address)
        .describe(
          `Address of the Docker host to publish on, a list of them, or all. Default ${PUBLISHED.address}: that machine only.`,
        ),
      port: port()
        .default(defaultPort)
        .describe(`Port of the Docker host, ${range(PORT)}. Default ${defaultPort}.`),
    })
    .optional()
    .describe(what);

const chunkSizeMb = () =>
  number(PART_MB)
    .default(CHUNK_SIZE_MB)
    .describe(
      `Size of an upload's parts, ${range(PART_MB)} MiB. Default ${CHUNK_SIZE_MB}: S3 takes 10 000 parts, so that a layer may have 156 GiB; each running upload may hold two parts in memory.`,
    );

const rootDirectory = () =>
  keyPrefix().optional().describe("Folder in the bucket that holds everything. Default: the top of the bucket.");

const copies = (usual: number, why: string) =>
  number(COPIES)
    .default(usual)
    .describe(`Parts copied at once when an upload is finished, ${range(COPIES)}. Default ${usual}: ${why}`);

const rustfs = z.strictObject({
  bucket: bucketName()
    .default(DEFAULT_BUCKET)
    .describe(`Bucket of the registry; made when it is missing, never emptied. Default ${DEFAULT_BUCKET}.`),
  region: region()
    .default(DEFAULT_REGION)
    .describe(`Region that RustFS reports. Default ${DEFAULT_REGION}, which every S3 tool assumes.`),
  rootDirectory: rootDirectory(),
  chunkSizeMb: chunkSizeMb(),
  multipartCopyConcurrency: copies(
    COPIES_AT_ONCE.rustfs,
    "only layers above 5 GiB are copied in parts, and RustFS takes 32 such copies at once from all of them.",
  ),
  volume: z
    .strictObject({
      name: dockerName("volume").optional().describe("Name of the volume. Default <name>-rustfs-data."),
      protect: flag()
        .default(true)
        .describe("Refuse every plan that would destroy the volume. Default true: it holds all images."),
    })
    .optional()
    .describe(
      "Docker volume for the data. Default: a protected one called <name>-rustfs-data. Not together with directories.",
    ),
  directories: list(form(HOST_DIRECTORY), "host directories", 1, MAX_DRIVES)
    .optional()
    .describe(
      "Directories of the Docker host for the data instead of a volume, 1–16, each one drive of an erasure set. Several must lie on separate disks, and all must belong to uid 10001, or RustFS does not start. Default: a volume.",
    ),
  parity: number(PARITY)
    .optional()
    .describe(
      "Drives that may fail without loss, 0 to half of directories. Default, RustFS's: 1 for 2–3 drives, 2 for 4–5, 3 for 6–7, 4 from 8. Needs two directories or more.",
    ),
  console: published(LISTENING.console, "Publishes RustFS's web console. Default: the console is off."),
  s3Publish: published(
    LISTENING.s3,
    "Publishes RustFS's S3 API, for backups and tools. Default: only the registry reaches it.",
  ),
  memoryMb: number(RUSTFS_MEMORY_MB)
    .default(RUSTFS.memoryMb)
    .describe(
      `Memory limit in MiB, 2048 or more. Default ${RUSTFS.memoryMb}: with 1024 RustFS was seen killed under load, and with 2048 a burst of large pushes has little room.`,
    ),
  memoryRestart: flag()
    .default(true)
    .describe(
      "Restart RustFS in order when it has kept 60 % of its memory limit while nothing moves, or 75 % at any time: it gives memory back in no other way, and the kernel would kill it in the end. Default true. Takes about a second; needs restart unless-stopped or always.",
    ),
  cpus: cpus().optional().describe("Processors it may use, e.g. 1.5. Default: no limit."),
  logLevel: word(LOG_LEVEL)
    .default(RUSTFS.logLevel)
    .describe(`What RustFS logs. Default ${RUSTFS.logLevel}; debug logs slow it down and tell much.`),
  incompleteUploadDays: number(INCOMPLETE_UPLOAD_DAYS)
    .default(RUSTFS.incompleteUploadDays)
    .describe(
      `Days after its start after which an unfinished upload is removed, whether it goes on or not, ${range(INCOMPLETE_UPLOAD_DAYS)}; its space comes back within 6 hours more. Default ${RUSTFS.incompleteUploadDays}, as long as the registry itself keeps it.`,
    ),
  stopTimeoutSeconds: number(RUSTFS_STOP_SECONDS)
    .default(RUSTFS.stopTimeoutSeconds)
    .describe(
      `Seconds to stop in before it is killed, ${range(RUSTFS_STOP_SECONDS)}. Default ${RUSTFS.stopTimeoutSeconds}: RustFS drains for 10 and then closes its files.`,
    ),
  restart: restart(),
  environment: textMap(form(RUSTFS_VARIABLE))
    .optional()
    .describe(
      "Further RUSTFS_ variables. Default: none. Those with keys or secrets are refused: variables are visible to everyone who may inspect the container.",
    ),
  labels: labels().optional().describe("Labels of the RustFS container. Default: none."),
});

const s3 = z.strictObject({
  endpoint: form(S3_ENDPOINT)
    .optional()
    .describe("URL of the S3 server, scheme, host and port. Default: AWS in region."),
  region: region().describe("Region of the bucket. No default; S3 servers other than AWS mostly take us-east-1."),
  bucket: bucketName().describe("Bucket of the registry; must exist. No default."),
  rootDirectory: rootDirectory(),
  keysFrom: word(KEYS_FROM)
    .default("secrets")
    .describe(
      "Where the registry's keys come from. Default secrets: registry_s3_access_key and registry_s3_secret_key. machine-role: the role of the machine that Docker runs on, as EC2 gives it; then there are no such variables.",
    ),
  forcePathStyle: flag()
    .optional()
    .describe("Address the bucket in the path, not the host name. Default true with endpoint, false without."),
  chunkSizeMb: chunkSizeMb(),
  multipartCopyConcurrency: copies(COPIES_AT_ONCE.s3, "Distribution's own; lower it for a small server."),
  skipVerify: flag().default(false).describe("Do not check the server's certificate. Default false; prefer caFile."),
  caFile: path("name the PEM file with the server's CA")
    .optional()
    .describe("PEM file with the CA of the server. Default: the public CAs."),
  encrypt: flag()
    .default(false)
    .describe(
      "Ask the server to encrypt each object. Default false: AWS does so by itself, and others need a key server for it.",
    ),
  kmsKeyId: form(KMS_KEY).optional().describe("KMS key for encrypt. Default: the bucket's. Needs encrypt: true."),
  storageClass: word(STORAGE_CLASS)
    .optional()
    .describe("Storage class of new objects; NONE sends no header. Default STANDARD."),
  objectAcl: word(OBJECT_ACL)
    .optional()
    .describe("Canned ACL of new objects. Default private; the public ones open every image to everybody."),
  accelerate: flag().default(false).describe("Use AWS transfer acceleration. Default false: it costs extra. AWS only."),
  dualStack: flag().default(false).describe("Use AWS's IPv6 endpoints. Default false. AWS only."),
});

/** Where the images are kept: exactly one of the two. */
export const storageSchema = z.strictObject({
  rustfs: rustfs
    .optional()
    .describe("A RustFS server run next to the registry; {} for all defaults. Default when storage is left out."),
  s3: s3
    .optional()
    .describe(
      "An existing S3 server or AWS instead of RustFS. Keys: TF_VAR_registry_s3_access_key and TF_VAR_registry_s3_secret_key, unless keysFrom says otherwise.",
    ),
});
