import { type ITerraformDependable, type TerraformProvider, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { BucketInit, type S3Keys } from "./bucket-init";
import { checkBucket, checkName, checkRange } from "./checks";
import { type CredentialName, type Credentials, credentialVariable } from "./credentials";
import { type DistributionOverrides, mergeConfiguration } from "./distribution/configuration";
import { MIB } from "./distribution/values";
import { type DistributionOptions, DistributionRegistry } from "./distribution-registry";
import { refuse } from "./errors";
import { HtpasswdFile } from "./htpasswd-file";
import { RegistryImages, type RegistryImagesProps } from "./images";
import { DockerHost } from "./platform/docker-host";
import type { Platform } from "./platform/platform";
import { type RegistryNetworkProps, RegistryNetworks } from "./registry-networks";
import { RustFs, type RustFsOptions } from "./rustfs";

export interface PrivateRegistryProps {
  /** Every Docker object is called `<name>-<noun>`. @default - the construct's id */
  readonly name?: string;
  /** The registry: where it is reached, TLS, configuration. @default - localhost:5000 on loopback, no TLS */
  readonly registry?: DistributionOptions;
  /** Where the images are stored. @default - RustFS beside the registry, on a protected volume */
  readonly storage?: RustFsStorage | S3Storage;
  /** @default - two networks, addresses chosen by Docker */
  readonly networks?: { readonly edge?: RegistryNetworkProps; readonly storage?: RegistryNetworkProps };
  /** @default - pinned by tag and digest */
  readonly images?: RegistryImagesProps;
  /** Secrets, as tokens. @default - sensitive variables of the stack, e.g. `registry_http_secret` */
  readonly credentials?: Credentials;
  /** Goes before the variables' names, for a second registry in one stack. @default "" */
  readonly variablePrefix?: string;
  /** Labels of every container and network. @default - none */
  readonly labels?: Record<string, string>;
  /** How containers run. @default - on one Docker Engine */
  readonly platform?: Platform;
  /** Version constraint for kreuzwerker/docker. 3.x deletes stopped containers during a plan. @default "~> 4.5" */
  readonly dockerProviderVersion?: string;
  /** @default - the stack's Docker provider */
  readonly provider?: TerraformProvider;
  /** @default - nothing */
  readonly dependsOn?: ITerraformDependable[];
}

/** How the registry uses its bucket, whichever server holds it. */
export interface BucketOptions {
  /** @default "registry" */
  readonly bucket?: string;
  /** Prefix of every key in the bucket. @default - none */
  readonly rootDirectory?: string;
  /** Size of an upload's parts in MiB, 5–5120. S3 takes 10,000 parts: 32 MiB allow blobs of 312 GiB. @default 32 */
  readonly chunkSizeMb?: number;
  /** Parts copied at once when an upload is finished. @default - 10 with RustFS, 100 with another server */
  readonly multipartCopyConcurrency?: number;
}

/** RustFS beside the registry. */
export interface RustFsStorage extends RustFsOptions, BucketOptions {
  readonly type: "rustfs";
  /** Days after which an unfinished upload is thrown away, 1–365. @default 7 */
  readonly incompleteUploadDays?: number;
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
  /** PEM file with the service's CA, on the machine that runs Terraform. @default - public CAs */
  readonly caFile?: string;
  /** Further keys of `storage.s3`, in Distribution's terms. @default - none */
  readonly options?: NonNullable<NonNullable<DistributionOverrides["storage"]>["s3"]>;
}

/**
 * A private container image registry: CNCF Distribution on RustFS, wired and safe by default.
 *
 * It needs the Docker provider in the stack, version 4.5 or a later 4.x, and Terraform 1.4 or OpenTofu.
 *
 * @example
 * new DockerProvider(this, "docker");
 * new PrivateRegistry(this, "registry", {});
 */
export class PrivateRegistry extends Construct {
  public readonly networks: RegistryNetworks;
  /** The storage server; absent when the storage is an S3 service that exists. */
  public readonly rustfs?: RustFs;
  public readonly bucketInit?: BucketInit;
  public readonly htpasswdFile: HtpasswdFile;
  public readonly distribution: DistributionRegistry;
  /** Name of the bucket that holds the images. */
  public readonly bucket: string;
  /** Where the data lies, for people. */
  public readonly dataLocation: string;
  /** What a user types first. */
  public readonly loginCommand: string;
  /** Names of the containers that stay up. */
  public readonly containerNames: string[];

  constructor(scope: Construct, id: string, props: PrivateRegistryProps = {}) {
    super(scope, id);
    const name = props.name ?? id;
    const storage = props.storage ?? { type: "rustfs" };
    refuse(this, [
      checkName(props.name === undefined ? "id" : "name", name),
      checkBucket("storage.bucket", storage.bucket),
      checkRange("storage.chunkSizeMb", storage.chunkSizeMb, 5, 5120),
      checkRange("storage.multipartCopyConcurrency", storage.multipartCopyConcurrency, 1),
    ]);
    const images = new RegistryImages(props.images);
    const platform = props.platform ?? new DockerHost();
    const secret = (credential: CredentialName) =>
      props.credentials?.[credential] ?? credentialVariable(this, credential, props.variablePrefix ?? "");
    const common = { platform, name, labels: props.labels, provider: props.provider };
    const dependsOn = props.dependsOn;
    pinProvider(this, props.dockerProviderVersion ?? "~> 4.5");

    const distributionImage = platform.image(this, "distribution-image", images.distribution, props.provider);
    const registryKeys = { accessKey: secret("registry_s3_access_key"), secretKey: secret("registry_s3_secret_key") };
    this.bucket = storage.bucket ?? "registry";
    this.networks = new RegistryNetworks(this, "networks", { ...common, ...props.networks, dependsOn });
    if (storage.type === "rustfs") {
      const image = platform.image(this, "rustfs-image", images.rustfs, props.provider);
      const rootKeys = { accessKey: secret("rustfs_root_access_key"), secretKey: secret("rustfs_root_secret_key") };
      const labels = { ...props.labels, ...storage.labels };
      this.rustfs = new RustFs(this, "rustfs", {
        ...storage,
        ...common,
        labels,
        image,
        rootKeys,
        network: this.networks.storage.id,
        edgeNetwork: this.networks.edge.id,
        dependsOn,
      });
      this.bucketInit = this.makeBucket(storage, { ...common, image, rootKeys, registryKeys, rustfs: this.rustfs });
    }
    this.dataLocation = this.rustfs?.dataLocation ?? s3Location(storage as S3Storage);
    this.htpasswdFile = new HtpasswdFile(this, "htpasswd-file", {
      ...common,
      image: distributionImage,
      content: secret("registry_htpasswd"),
      dependsOn,
    });
    this.distribution = new DistributionRegistry(this, "distribution", {
      ...props.registry,
      ...common,
      labels: { ...props.labels, ...props.registry?.labels },
      image: distributionImage,
      httpSecret: secret("registry_http_secret"),
      htpasswd: this.htpasswdFile,
      s3Keys: registryKeys,
      s3CaFile: storage.type === "s3" ? storage.caFile : undefined,
      configuration: this.configure(storage, props),
      networks: [
        { id: this.networks.edge.id, aliases: ["registry"] },
        ...(this.rustfs ? [{ id: this.networks.storage.id }] : []),
      ],
      // Not on the bucket job: it takes as long as the registry's start, and its failure fails the apply all the same.
      dependsOn: [...(dependsOn ?? []), ...(this.rustfs ? [this.rustfs.container] : [])],
    });
    this.loginCommand = `docker login ${this.distribution.address}`;
    this.containerNames = [`${name}-registry`, ...(this.rustfs ? [`${name}-rustfs`] : [])];
  }

  private makeBucket(
    storage: RustFsStorage,
    props: { platform: Platform; name: string; image: string; rootKeys: S3Keys; registryKeys: S3Keys; rustfs: RustFs },
  ): BucketInit {
    return new BucketInit(this, "bucket-init", {
      ...props,
      name: `${props.name}-bucket-init`,
      network: { id: this.networks.storage.id },
      endpoint: props.rustfs.endpoint,
      bucket: this.bucket,
      region: storage.region,
      incompleteUploadDays: storage.incompleteUploadDays,
      runAgainWith: [props.rustfs.container],
    });
  }

  private configure(storage: RustFsStorage | S3Storage, props: PrivateRegistryProps): DistributionOverrides {
    return mergeConfiguration({ storage: this.configureStorage(storage) }, props.registry?.configuration);
  }

  private configureStorage(storage: RustFsStorage | S3Storage): NonNullable<DistributionOverrides["storage"]> {
    const s3 = {
      bucket: this.bucket,
      region: storage.region ?? "us-east-1",
      chunksize: (storage.chunkSizeMb ?? 32) * MIB,
      ...(storage.rootDirectory && { rootdirectory: storage.rootDirectory }),
    };
    const shared = { cache: { blobdescriptor: "inmemory" }, maintenance: PURGING } as const;
    if (storage.type === "s3") {
      const endpoint = storage.endpoint && { regionendpoint: storage.endpoint };
      const concurrency = storage.multipartCopyConcurrency;
      return {
        ...shared,
        s3: {
          ...s3,
          ...endpoint,
          forcepathstyle: storage.forcePathStyle ?? endpoint !== undefined,
          ...(concurrency && { multipartcopymaxconcurrency: concurrency }),
          ...storage.options,
        },
      };
    }
    return {
      ...shared,
      s3: {
        ...s3,
        regionendpoint: this.rustfs?.endpoint,
        // Without it Distribution 3 asks for `http://registry.rustfs:9000`.
        forcepathstyle: true,
        multipartcopymaxconcurrency: storage.multipartCopyConcurrency ?? 10,
      },
      // A redirect would send clients to `rustfs:9000`, a name that only containers know.
      redirect: { disable: true },
    };
  }
}

function s3Location(storage: S3Storage): string {
  return `bucket ${storage.bucket} at ${storage.endpoint ?? `Amazon S3, ${storage.region}`}`;
}

/** The bindings pin 3.6.2, whose refresh deletes stopped containers (kreuzwerker/terraform-provider-docker#841). */
function pinProvider(scope: Construct, version: string): void {
  const stack = TerraformStack.of(scope);
  stack.addOverride("terraform.required_providers.docker.version", version);
  // terraform_data, which carries the readable configuration, came with 1.4.
  stack.addOverride("terraform.required_version", ">= 1.4");
}

const PURGING = { uploadpurging: { enabled: true, age: "168h", interval: "24h", dryrun: false } } as const;
