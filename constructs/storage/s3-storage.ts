import type { Construct, IConstruct } from "constructs";
import type { CredentialName } from "../registry/credentials";
import { check } from "../rules/checks";
import type { StorageReach } from "../rules/registry";
import { brokenRules } from "../rules/rule";
import { hasPathStyle, s3Rules } from "../rules/s3";
import { checkFile } from "../tls/certificate/files";
import { S3_ENDPOINT } from "../values/addresses";
import { KEYS_FROM, OBJECT_ACL, STORAGE_CLASS } from "../values/choices";
import { COPIES_AT_ONCE } from "../values/defaults";
import { KMS_KEY, localPath, REGION } from "../values/names";
import {
  type BoundStorage,
  type BucketOptions,
  bucketConfiguration,
  bucketProblems,
  REGISTRY_KEYS,
  registryKeys,
  Storage,
  type StorageConfiguration,
  type StorageContext,
  type StorageUser,
} from "./storage";
import { StorageProof } from "./storage-proof";

/** An S3 service that exists already, with its bucket. */
export interface S3StorageOptions extends BucketOptions {
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
  readonly keysFrom?: (typeof KEYS_FROM.words)[number];
  /** PEM file with the service's CA, on the machine that runs Terraform. @default - public CAs */
  readonly caFile?: string;
  /** Do not check the service's certificate; `caFile` is better. @default false */
  readonly skipVerify?: boolean;
  /** Ask the service to encrypt each object; Amazon does so by itself. @default false */
  readonly encrypt?: boolean;
  /** KMS key for `encrypt`. @default - the bucket's */
  readonly kmsKeyId?: string;
  /** Storage class of new objects; NONE sends no header. @default "STANDARD" */
  readonly storageClass?: (typeof STORAGE_CLASS.words)[number];
  /** Canned ACL of new objects; the public ones open every image to everybody. @default "private" */
  readonly objectAcl?: (typeof OBJECT_ACL.words)[number];
  /** Amazon's transfer acceleration, which costs extra. @default false */
  readonly accelerate?: boolean;
  /** Amazon's IPv6 endpoints. @default false */
  readonly dualStack?: boolean;
}

/** Where EC2 and ECS give a role's keys. */
const METADATA_SERVICES = ["169.254.169.254", "169.254.170.2"];

export class S3Storage extends Storage {
  public readonly bucket: string;
  public readonly reach: StorageReach;
  public override readonly reachedDirectly: readonly string[];
  public override readonly givenCredentials: readonly CredentialName[];
  private readonly options: S3StorageOptions;

  constructor(options: S3StorageOptions) {
    super();
    this.options = options;
    this.bucket = options.bucket;
    this.reach = { isReachable: true, hasPublicName: true, hasPathStyle: hasPathStyle(options) };
    const hasRole = options.keysFrom === "machine-role";
    this.reachedDirectly = hasRole ? METADATA_SERVICES : [];
    this.givenCredentials = hasRole ? [] : REGISTRY_KEYS;
  }

  public configuration(): StorageConfiguration {
    const {
      region,
      endpoint,
      multipartCopyConcurrency = COPIES_AT_ONCE.s3,
      skipVerify,
      encrypt,
      kmsKeyId,
    } = this.options;
    const { storageClass, objectAcl, accelerate, dualStack } = this.options;
    return {
      s3: {
        ...bucketConfiguration(this.bucket, region, { ...this.options, multipartCopyConcurrency }),
        ...(endpoint && { regionendpoint: endpoint }),
        forcepathstyle: this.reach.hasPathStyle,
        ...{ encrypt, keyid: kmsKeyId, skipverify: skipVerify, storageclass: storageClass },
        ...{ objectacl: objectAcl, accelerate, usedualstack: dualStack },
      },
    };
  }

  public problems(scope: IConstruct) {
    const { options } = this;
    const single = [
      ...bucketProblems(options),
      check("region", options.region, REGION),
      check("endpoint", options.endpoint, S3_ENDPOINT),
      check("keysFrom", options.keysFrom, KEYS_FROM),
      check("caFile", options.caFile, localPath("name the PEM file with the server's CA")) ??
        checkFile(scope, "caFile", options.caFile)[0],
      check("kmsKeyId", options.kmsKeyId, KMS_KEY),
      check("storageClass", options.storageClass, STORAGE_CLASS),
      check("objectAcl", options.objectAcl, OBJECT_ACL),
    ];
    return [...single, ...brokenRules(s3Rules, options, single)];
  }

  public bind(_scope: Construct, { credentials }: StorageContext): BoundStorage {
    const s3Keys = this.givenCredentials.length > 0 ? registryKeys(credentials) : undefined;
    return { access: { s3Keys, s3CaFile: this.options.caFile }, networks: [], dependsOn: [] };
  }

  public location() {
    const { endpoint, region } = this.options;
    return `bucket ${this.bucket} at ${endpoint ?? `Amazon S3, ${region}`}`;
  }

  public override prove(scope: Construct, { part }: StorageContext, { access }: BoundStorage, user: StorageUser): void {
    new StorageProof(scope, "storage-proof", { ...part, ...access, ...user });
  }
}
