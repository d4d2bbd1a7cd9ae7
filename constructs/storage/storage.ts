import type { ITerraformDependable } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import type { DistributionConfiguration, DistributionOverrides } from "../distribution/configuration";
import type { RegistryImages } from "../images";
import type { ContainerNetwork, PartProps } from "../platform/platform";
import type { CredentialSource } from "../registry/credentials";
import type { RegistryNetworks } from "../registry/networks";
import { check } from "../rules/checks";
import type { Problem } from "../rules/errors";
import type { StorageReach } from "../rules/registry";
import { MIB } from "../values/bytes";
import { COPIES, PART_MB } from "../values/limits";
import { BUCKET, KEY_PREFIX } from "../values/names";
import { CHUNK_SIZE_MB } from "../values/upload-memory";
import type { S3AccessProps, S3Keys } from "./s3-access";

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

/** What a storage is given to build itself with. */
export interface StorageContext {
  /** What every part of the registry is told. */
  readonly part: PartProps;
  readonly networks: RegistryNetworks;
  readonly images: RegistryImages;
  readonly credentials: CredentialSource;
  /** Where a storage server of ours sends its metrics by OTLP over HTTP. @default - nowhere */
  readonly otlpEndpoint?: string;
  /** Whether the registry takes no pushes: its key may then be one that cannot write. */
  readonly isReadOnly: boolean;
}

/** The registry, as far as its storage needs to know it. */
export interface StorageUser {
  readonly image: string;
  readonly configuration: DistributionConfiguration;
  readonly environment: Readonly<Record<string, string>>;
  readonly networks: readonly ContainerNetwork[];
}

/** A storage, built. */
export interface BoundStorage {
  /** Where the data lies, for people. */
  readonly dataLocation: string;
  /** What the registry gets to reach it: keys, and the server's CA. */
  readonly access: S3AccessProps;
  /** Networks that the registry joins to reach it. */
  readonly networks: readonly ContainerNetwork[];
  /** What the registry waits for. */
  readonly dependsOn: readonly ITerraformDependable[];
  /** Names of containers that stay up. */
  readonly containerNames: readonly string[];
  /** The console's URL on the Docker host. @default - it has none, or it is not published */
  readonly consoleUrl?: string;
}

/** Distribution's `storage`. */
export type StorageConfiguration = NonNullable<DistributionOverrides["storage"]>;

/** Where the images are stored. `RegistryStorage` makes them. */
export abstract class Storage {
  /** Name of the bucket that holds the images. */
  public abstract readonly bucket: string;
  /** How clients get at it. */
  public abstract readonly reach: StorageReach;
  /** Names, addresses and ranges beside its own that the registry reaches without a proxy. */
  public readonly reachedDirectly: readonly string[] = [];

  /** Distribution's `storage`, without keys. */
  public abstract configuration(): StorageConfiguration;

  /** What is wrong with the options, named as the caller wrote them. */
  public abstract problems(scope: IConstruct): (Problem | undefined)[];

  /** Makes what it consists of. */
  public abstract bind(scope: Construct, context: StorageContext): BoundStorage;

  /** Makes what proves, within the apply, that the registry's own key works; for those that `bind` does not prove. */
  public prove(_scope: Construct, _context: StorageContext, _bound: BoundStorage, _user: StorageUser): void {}
}

/** The keys of `storage.s3` that every server gets. */
export function bucketConfiguration(
  bucket: string,
  region: string,
  { rootDirectory, chunkSizeMb = CHUNK_SIZE_MB, multipartCopyConcurrency }: BucketOptions,
): NonNullable<StorageConfiguration["s3"]> {
  return {
    bucket,
    region,
    chunksize: chunkSizeMb * MIB,
    multipartcopymaxconcurrency: multipartCopyConcurrency,
    ...(rootDirectory && { rootdirectory: rootDirectory }),
  };
}

/** What is wrong with how the bucket is used. */
export function bucketProblems(options: BucketOptions): (Problem | undefined)[] {
  return [
    check("bucket", options.bucket, BUCKET),
    check("rootDirectory", options.rootDirectory, KEY_PREFIX),
    check("chunkSizeMb", options.chunkSizeMb, PART_MB),
    check("multipartCopyConcurrency", options.multipartCopyConcurrency, COPIES),
  ];
}

/** The keys of the registry's own user. */
export function registryKeys(credentials: CredentialSource): S3Keys {
  return {
    accessKey: credentials.value("registry_s3_access_key"),
    secretKey: credentials.value("registry_s3_secret_key"),
  };
}
