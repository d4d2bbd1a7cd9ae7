import type { Construct } from "constructs";
import type { RegistryImages } from "../images";
import type { Platform } from "../platform/platform";
import type { StorageReach } from "../rules/registry";
import { GIB } from "../values/bytes";
import { COPIES_AT_ONCE, DEFAULT_BUCKET, DEFAULT_REGION, RUSTFS } from "../values/defaults";
import { LISTENING } from "../values/listening";
import { objectName } from "../values/object-names";
import { BucketInit } from "./bucket-init";
import { RUSTFS_ENDPOINT, RustFs } from "./rustfs";
import { type RustFsOptions, rustFsLocation, rustFsPaths, rustFsProblems, rustFsVolume } from "./rustfs-options";
import {
  type BoundStorage,
  type BucketOptions,
  bucketConfiguration,
  bucketProblems,
  registryKeys,
  Storage,
  type StorageConfiguration,
  type StorageContext,
  type StorageServer,
} from "./storage";

/** RustFS beside the registry. */
export interface RustFsStorageOptions extends RustFsOptions, BucketOptions {}

const ROOT_CREDENTIALS = { accessKey: "rustfs_root_access_key", secretKey: "rustfs_root_secret_key" } as const;

export class RustFsStorage extends Storage {
  public readonly bucket: string;
  public readonly reach: StorageReach;
  private readonly options: RustFsStorageOptions;

  constructor(options: RustFsStorageOptions) {
    super();
    this.options = options;
    this.bucket = options.bucket ?? DEFAULT_BUCKET;
    this.reach = { isReachable: options.s3Publish !== undefined, hasPublicName: false, hasPathStyle: true };
  }

  public configuration(): StorageConfiguration {
    const { region = DEFAULT_REGION, multipartCopyConcurrency = COPIES_AT_ONCE.rustfs } = this.options;
    return {
      s3: {
        ...bucketConfiguration(this.bucket, region, { ...this.options, multipartCopyConcurrency }),
        regionendpoint: RUSTFS_ENDPOINT,
        // Without path style Distribution 3 asks for `http://registry.rustfs:9000`.
        forcepathstyle: true,
        // RustFS copies an object in one request faster than in parts, and 5 GiB is the most that S3 copies in one.
        multipartcopythresholdsize: 5 * GIB,
      },
    };
  }

  public problems() {
    return [...bucketProblems(this.options), ...rustFsProblems(this.options)];
  }

  public location(name: string, platform: Pick<Platform, "placeOf">) {
    return rustFsLocation(name, this.options, platform);
  }

  public override server(name: string, images: RegistryImages): StorageServer {
    const { memoryMb = RUSTFS.memoryMb, region = DEFAULT_REGION, directories = [], s3Publish, console } = this.options;
    return {
      ...{ product: "RustFS", noun: "rustfs", container: objectName(name, "rustfs"), image: images.rustfs },
      ...{ versionCommand: ["rustfs", "--version"], memoryMb, region, bucket: this.bucket, directories },
      volume: directories.length > 0 ? undefined : rustFsVolume(name, this.options),
      ...{ dataPaths: rustFsPaths(this.options), uid: 10001, rootCredentials: ROOT_CREDENTIALS },
      ports: [
        { id: "s3", title: "RustFS S3", usual: LISTENING.s3, published: s3Publish },
        { id: "console", title: "RustFS console", usual: LISTENING.console, published: console },
      ],
    };
  }

  public bind(scope: Construct, context: StorageContext): BoundStorage {
    const { part, networks, images, credentials, isReadOnly, otlpEndpoint } = context;
    const s3Keys = registryKeys(credentials);
    const rootKeys = {
      accessKey: credentials.value(ROOT_CREDENTIALS.accessKey),
      secretKey: credentials.value(ROOT_CREDENTIALS.secretKey),
    };
    const image = part.platform.image(scope, "rustfs-image", images.rustfs);
    const rustfs = new RustFs(scope, "rustfs", {
      ...this.options,
      ...part,
      labels: { ...part.labels, ...this.options.labels },
      ...{ image, rootKeys, otlpEndpoint, network: networks.storage, edgeNetwork: networks.edge },
    });
    new BucketInit(scope, "bucket-init", {
      ...part,
      ...{ image, rootKeys, registryKeys: s3Keys, network: networks.storage },
      endpoint: rustfs.endpoint,
      servers: rustfs.servers,
      bucket: this.bucket,
      region: this.options.region,
      incompleteUploadDays: this.options.incompleteUploadDays,
      proveWrites: !isReadOnly,
      runAgainWith: [rustfs.container],
    });
    return {
      access: { s3Keys },
      networks: [{ id: networks.storage.id }],
      // Not on the bucket job: it takes as long as the registry's start, and its failure fails the apply all the same.
      dependsOn: [rustfs.container],
      alertGroup: "rustfs",
      consoleUrl: rustfs.consoleUrl,
    };
  }
}
