import type { IConstruct } from "constructs";
import type { DistributionOverrides } from "../distribution/configuration";
import { GIB, MIB } from "../distribution/values";
import { check } from "../rules/checks";
import type { Problem } from "../rules/errors";
import { checkFile } from "../tls/certificate/files";
import { S3_ENDPOINT } from "../values/addresses";
import { KEYS_FROM } from "../values/choices";
import { COPIES, PART_MB } from "../values/limits";
import { BUCKET, KEY_PREFIX, localPath, REGION } from "../values/names";
import { CHUNK_SIZE_MB } from "../values/upload-memory";
import { type RustFsOptions, rustFsProblems } from "./rustfs";

/** How the registry uses its bucket, whichever server holds it. */
export interface BucketOptions {
  /** @default "registry" */
  readonly bucket?: string;
  /** Prefix of every key in the bucket. @default - none */
  readonly rootDirectory?: string;
  /** Size of an upload's parts in MiB, 5–5120. S3 takes 10,000 parts: 16 MiB allow layers of 156 GiB. @default 16 */
  readonly chunkSizeMb?: number;
  /** Parts copied at once when an upload is finished: with RustFS one above 5 GiB, else one above 32 MiB. @default - 8 with RustFS, 100 with another server */
  readonly multipartCopyConcurrency?: number;
}

/** RustFS beside the registry. */
export interface RustFsStorage extends RustFsOptions, BucketOptions {
  readonly type: "rustfs";
}

/** An S3 service that exists already, with its bucket. */
export interface S3Storage extends BucketOptions {
  readonly type: "s3";
  readonly bucket: string;
  readonly region: string;
  /** URL of the service. @default - Amazon's for the region */
  readonly endpoint?: string;
  /** @default - true with an endpoint, false for Amazon */
  readonly forcePathStyle?: boolean;
  /**
   * Where the registry's keys come from: secrets of the stack, or the role of the machine that Docker runs on, as EC2 gives it.
   * A role's keys are fetched from the container: on EC2 the metadata service's hop limit must be 2 or more.
   * @default "secrets"
   */
  readonly keysFrom?: "secrets" | "machine-role";
  /** PEM file with the service's CA, on the machine that runs Terraform. @default - public CAs */
  readonly caFile?: string;
  /** Further keys of `storage.s3`, in Distribution's terms. @default - none */
  readonly options?: NonNullable<NonNullable<DistributionOverrides["storage"]>["s3"]>;
}

type StorageConfiguration = NonNullable<DistributionOverrides["storage"]>;

/**
 * Distribution's `storage` for a choice of storage; `endpoint` is RustFS's on the internal network.
 * A pull-through cache gets no descriptor cache: it would answer for blobs that were removed below it.
 */
export function storageConfiguration(
  storage: RustFsStorage | S3Storage,
  { bucket, endpoint, isPullThrough }: { bucket: string; endpoint?: string; isPullThrough?: boolean },
): StorageConfiguration {
  const shared = {
    ...(!isPullThrough && { cache: { blobdescriptor: "inmemory" as const } }),
    maintenance: { uploadpurging: { enabled: true, age: "168h", interval: "24h", dryrun: false } },
  } as const;
  const s3 = {
    bucket,
    region: storage.region ?? "us-east-1",
    chunksize: (storage.chunkSizeMb ?? CHUNK_SIZE_MB) * MIB,
    multipartcopymaxconcurrency: storage.multipartCopyConcurrency ?? (storage.type === "rustfs" ? 8 : 100),
    ...(storage.rootDirectory && { rootdirectory: storage.rootDirectory }),
  };
  if (storage.type === "s3") return { ...shared, s3: { ...s3, ...serviceOptions(storage) } };
  return {
    ...shared,
    // Without path style Distribution 3 asks for `http://registry.rustfs:9000`. RustFS copies an object in one request faster
    // than in parts, and 5 GiB is the most that S3 copies in one; docs/decisions/0022 has the figures.
    s3: { ...s3, regionendpoint: endpoint, forcepathstyle: true, multipartcopythresholdsize: 5 * GIB },
    // A redirect would send clients to `rustfs:9000`, a name that only containers know.
    redirect: { disable: true },
  };
}

function serviceOptions({ endpoint, forcePathStyle, options }: S3Storage): StorageConfiguration["s3"] {
  return {
    ...(endpoint && { regionendpoint: endpoint }),
    forcepathstyle: forcePathStyle ?? endpoint !== undefined,
    ...options,
  };
}

/** Where the data lies, for people. */
export function s3Location(storage: RustFsStorage | S3Storage): string {
  if (storage.type === "rustfs") return "RustFS";
  return `bucket ${storage.bucket} at ${storage.endpoint ?? `Amazon S3, ${storage.region}`}`;
}

/** What is wrong with a choice of storage. */
export function storageProblems(scope: IConstruct, storage: RustFsStorage | S3Storage): (Problem | undefined)[] {
  const bucket = [
    check("bucket", storage.bucket, BUCKET),
    check("rootDirectory", storage.rootDirectory, KEY_PREFIX),
    check("chunkSizeMb", storage.chunkSizeMb, PART_MB),
    check("multipartCopyConcurrency", storage.multipartCopyConcurrency, COPIES),
  ];
  if (storage.type === "rustfs") {
    return [...bucket, ...rustFsProblems(storage)];
  }
  return [
    ...bucket,
    check("region", storage.region, REGION),
    check("endpoint", storage.endpoint, S3_ENDPOINT),
    check("keysFrom", storage.keysFrom, KEYS_FROM),
    check("caFile", storage.caFile, localPath("name the PEM file with the server's CA")) ??
      checkFile(scope, "caFile", storage.caFile)[0],
  ];
}
