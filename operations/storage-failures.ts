import { command } from "./command";
import type { Explanation, FailureContext } from "./known-failures";

/** What a storage without room says. */
export const STORAGE_FULL = /StorageFull|QuotaExceeded|InsufficientStorage|no space left|disk full/i;

interface StorageFailure {
  /** What the storage, or the way to it, says. */
  readonly pattern: RegExp;
  readonly message: string;
  readonly remedy: (environment: string) => string;
}

const set = (variable: string) => (environment: string) =>
  `${command("secrets set", environment, variable)}, then ${command("up", environment)}`;
const key = (name: string, what: string) => () => `correct ${name} in the environment file: ${what}`;

/**
 * Why a storage refuses the registry. The codes are S3's own, from Amazon's list of error responses; `XAdminUserNotFound` and
 * the like are versitygw's, `XMinio…` MinIO's and RustFS's; the rest are the words of Go's network library and of
 * BusyBox's `nc`.
 */
const STORAGE_FAILURES: readonly StorageFailure[] = [
  {
    pattern: /InvalidAccessKeyId|XAdminUserNotFound|InvalidClientTokenId/,
    message: "the storage does not know the access key",
    remedy: set("registry_s3_access_key"),
  },
  {
    pattern: /SignatureDoesNotMatch/,
    message: "the secret key is not the one of this access key",
    remedy: set("registry_s3_secret_key"),
  },
  {
    pattern: /NoSuchBucket/,
    message: "there is no bucket of that name",
    remedy: key("storage.s3.bucket", "the bucket must exist, and in that region"),
  },
  {
    pattern: /RequestTimeTooSkewed|RequestExpired/,
    message: "the clocks differ: the Docker host's is more than 15 minutes off the storage's",
    remedy: () => "set the clock of the Docker host: timedatectl set-ntp true",
  },
  {
    pattern:
      /AuthorizationHeaderMalformed|PermanentRedirect|BucketRegionError|IncorrectEndpoint|MovedPermanently|HTTP 301/,
    message: "the bucket is in another region",
    remedy: key("storage.s3.region", "the region of the bucket, as the storage names it"),
  },
  {
    pattern: /x509:|tls: |certificate/,
    message: "the storage's certificate is not accepted",
    remedy: key("storage.s3.caFile", "the PEM file of the CA that signed it"),
  },
  {
    pattern: /HTTP response to HTTPS client/,
    message: "the storage speaks HTTP where the endpoint says https",
    remedy: key("storage.s3.endpoint", "its scheme"),
  },
  {
    pattern: /an answer that is not S3's|SerializationError|failed to unmarshal|failed to decode/,
    message: "what answers at the endpoint is no S3 storage",
    remedy: key("storage.s3.endpoint", "the address of the S3 API, not of a console or a website"),
  },
  {
    pattern:
      /connection refused|no such host|bad address|i\/o timeout|timed out|no route to host|network is unreachable|did not answer|got no answer/i,
    message: "the registry does not reach the storage",
    remedy: key("storage.s3.endpoint", "it must be reachable from the Docker host's containers; localhost is not"),
  },
  {
    pattern: /NoCredentialProviders|EC2RoleRequestError|EC2MetadataError/,
    message: "the machine has no role that the container can use",
    remedy: () =>
      "give the instance a role, and let its metadata service answer over two hops (docs/guides/external-s3.md)",
  },
  {
    pattern: /AccessDenied|AllAccessDisabled|AccountProblem/,
    message: "the registry's key may not do that in this bucket",
    remedy: () => "give the key the actions that docs/guides/external-s3.md lists",
  },
  {
    // RustFS 1.0.1 says `InternalError: Disk full`.
    pattern: STORAGE_FULL,
    message: "the storage is full",
    remedy: (environment) => `${command("space", environment)} says what takes the space, and what frees it`,
  },
];

/** What the storage's words mean; none when they are not known. */
export const storageProblemIn = (line: string): string | undefined => failureIn(line)?.message;

const failureIn = (line: string) => STORAGE_FAILURES.find(({ pattern }) => pattern.test(line));

/** What a job's failed proof of the storage means; none when the storage's words are not known. */
export function storageExplanation(line: string, { environment }: FailureContext): Explanation | undefined {
  const known = failureIn(line);
  return known && { message: `${known.message} (${line})`, remedy: known.remedy(environment) };
}
