import type { ITerraformDependable } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import type { DistributionConfiguration, DistributionOverrides } from "../distribution/configuration";
import type { RegistryImages } from "../images";
import type { ContainerNetwork, PartProps, Platform, PublishedPort } from "../platform/platform";
import type { CredentialName, CredentialSource } from "../registry/credentials";
import type { RegistryNetworks } from "../registry/networks";
import { check } from "../rules/checks";
import type { StorageReach } from "../rules/registry";
import { MIB } from "../values/bytes";
import type { Problem } from "../values/errors";
import type { ImageReference } from "../values/image-reference";
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
  /** What the registry gets to reach it: keys, and the server's CA. */
  readonly access: S3AccessProps;
  /** Networks that the registry joins to reach it. */
  readonly networks: readonly ContainerNetwork[];
  /** What the registry waits for. */
  readonly dependsOn: readonly ITerraformDependable[];
  /** The group of `alerts.yml` about the metrics that its server sends to `otlpEndpoint`. @default - it sends none */
  readonly alertGroup?: "rustfs";
  /** The console's URL on the Docker host. @default - it has none, or it is not published */
  readonly consoleUrl?: string;
}

/** The server that a storage runs beside the registry, for whoever looks at it on the Docker host. */
export interface StorageServer {
  /** Its name, for people. */
  readonly product: string;
  /** Its part of the names of Docker objects, and of `RegistryStorage` and the environment file's `storage`. */
  readonly noun: string;
  readonly container: string;
  readonly image: ImageReference;
  readonly memoryMb: number;
  readonly bucket: string;
  readonly region: string;
  /** Prints the version of the program. */
  readonly versionCommand: readonly string[];
  /** The volume that holds the data. @default - `directories` do */
  readonly volume?: { readonly name: string; readonly protect: boolean };
  /** Directories of the Docker host that hold the data. */
  readonly directories: readonly string[];
  /** Where the data is in the container. */
  readonly dataPaths: readonly string[];
  /** Who owns the data. */
  readonly uid: number;
  /** What it can publish, and where it does. */
  readonly ports: readonly ServerPort[];
  /** The key that makes and removes users by RustFS's administration API. @default - users are not managed from here */
  readonly rootCredentials?: Readonly<Record<keyof S3Keys, CredentialName>>;
}

export interface ServerPort {
  readonly id: "s3" | "console";
  /** For people. */
  readonly title: string;
  /** Port inside the container. */
  readonly usual: number;
  /** @default - not published */
  readonly published?: PublishedPort;
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
  /** Credentials that whoever runs the server decides, and `secrets init` asks for. */
  public readonly givenCredentials: readonly CredentialName[] = [];

  /** Distribution's `storage`, without keys. */
  public abstract configuration(): StorageConfiguration;

  /** What is wrong with the options, named as the caller wrote them. */
  public abstract problems(scope: IConstruct): (Problem | undefined)[];

  /** Where the data lies, for people. @param name the registry's */
  public abstract location(name: string, platform: Pick<Platform, "placeOf">): string;

  /** The server that it runs beside the registry. @returns nothing: somebody else runs it */
  public server(_name: string, _images: RegistryImages): StorageServer | undefined {
    return undefined;
  }

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

/** The credentials of the registry's own user. */
export const REGISTRY_KEYS = ["registry_s3_access_key", "registry_s3_secret_key"] as const;

export function registryKeys(credentials: CredentialSource): S3Keys {
  const [accessKey, secretKey] = REGISTRY_KEYS;
  return { accessKey: credentials.value(accessKey), secretKey: credentials.value(secretKey) };
}
