import type { ITerraformDependable, TerraformProvider } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import { imagesProblems, RegistryImages, type RegistryImagesProps } from "../images";
import { Deployment } from "../platform/deployment";
import { DockerHost } from "../platform/docker-host";
import type { Platform } from "../platform/platform";
import { requireVersions } from "../platform/stack-requirements";
import { check, checkKeys } from "../rules/checks";
import { type Problem, refuse, within } from "../rules/errors";
import { BucketInit, type S3Keys } from "../storage/bucket-init";
import { RUSTFS_ENDPOINT, RustFs } from "../storage/rustfs";
import {
  type RustFsStorage,
  type S3Storage,
  s3Location,
  storageConfiguration,
  storageProblems,
} from "../storage/storage";
import { StorageProof } from "../storage/storage-proof";
import { LABEL_NAME, NAME } from "../values/names";
import { type CredentialName, type Credentials, credentialVariable } from "./credentials";
import { type DistributionOptions, DistributionRegistry, registryProblems } from "./distribution-registry";
import { HtpasswdFile } from "./htpasswd-file";
import { networksProblems, type RegistryNetworkProps, RegistryNetworks } from "./networks";
import { withoutProxyFor } from "./proxy-variables";

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
  /** Version constraint for kreuzwerker/docker. 3.x deletes stopped containers during a plan. @default - the stack's own, else "~> 4.5" */
  readonly dockerProviderVersion?: string;
  /** @default - the stack's Docker provider */
  readonly provider?: TerraformProvider;
  /** @default - nothing */
  readonly dependsOn?: ITerraformDependable[];
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
  /** The job that writes, reads and deletes in an S3 service that exists; with RustFS the bucket job does. */
  public readonly storageProof?: StorageProof;
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
    refuse(this, privateRegistryProblems(this, id, props));
    const bucket = storage.bucket ?? "registry";
    requireVersions(this, props.dockerProviderVersion);
    const own = new Deployment(this, "deployment", name).labels;
    const parts = this.parts(name, props, own);
    const images = new RegistryImages(props.images);
    const image = parts.platform.image(this, "distribution-image", images.distribution, props.provider);
    const s3Keys = usesMachineRole(storage)
      ? undefined
      : this.keys(props, "registry_s3_access_key", "registry_s3_secret_key");

    this.bucket = bucket;
    this.networks = new RegistryNetworks(this, "networks", { ...parts, ...props.networks });
    if (storage.type === "rustfs") {
      const rustfsImage = parts.platform.image(this, "rustfs-image", images.rustfs, props.provider);
      const rootKeys = this.keys(props, "rustfs_root_access_key", "rustfs_root_secret_key");
      this.rustfs = new RustFs(this, "rustfs", {
        ...storage,
        ...parts,
        labels: { ...props.labels, ...storage.labels, ...own },
        image: rustfsImage,
        rootKeys,
        network: this.networks.storage.id,
        edgeNetwork: this.networks.edge.id,
      });
      this.bucketInit = new BucketInit(this, "bucket-init", {
        ...parts,
        name: `${name}-bucket-init`,
        image: rustfsImage,
        network: { id: this.networks.storage.id },
        endpoint: this.rustfs.endpoint,
        bucket: this.bucket,
        region: storage.region,
        rootKeys,
        registryKeys: s3Keys,
        incompleteUploadDays: storage.incompleteUploadDays,
        proveWrites: props.registry?.configuration?.storage?.maintenance?.readonly?.enabled !== true,
        runAgainWith: [this.rustfs.container],
      });
    }
    const environment = withoutProxyFor(props.registry?.environment ?? {}, directly(storage, props.networks));
    const content = this.secret(props, "registry_htpasswd");
    this.htpasswdFile = new HtpasswdFile(this, "htpasswd-file", { ...parts, image, content });
    this.distribution = new DistributionRegistry(this, "distribution", {
      ...props.registry,
      ...parts,
      storage: storageOf(props),
      labels: { ...props.labels, ...props.registry?.labels, ...own },
      environment,
      image,
      httpSecret: this.secret(props, "registry_http_secret"),
      htpasswd: this.htpasswdFile,
      s3Keys,
      s3CaFile: storage.type === "s3" ? storage.caFile : undefined,
      networks: [
        { id: this.networks.edge.id, aliases: ["registry"] },
        ...(this.rustfs ? [{ id: this.networks.storage.id }] : []),
      ],
      // Not on the bucket job: it takes as long as the registry's start, and its failure fails the apply all the same.
      dependsOn: [...(props.dependsOn ?? []), ...(this.rustfs ? [this.rustfs.container] : [])],
    });
    if (storage.type === "s3") {
      this.storageProof = new StorageProof(this, "storage-proof", {
        ...parts,
        ...{ name: `${name}-storage-proof`, image, environment, s3Keys },
        s3CaFile: storage.caFile,
        configuration: this.distribution.configuration,
        networks: [this.networks.edge.id, ...otherNetworks(props.registry)].map((id) => ({ id })),
      });
    }

    this.dataLocation = this.rustfs?.dataLocation ?? s3Location(storage);
    this.loginCommand = `docker login ${this.distribution.address}`;
    this.containerNames = [`${name}-registry`, ...(this.rustfs ? [`${name}-rustfs`] : [])];
  }

  /** What every part gets. */
  private parts(
    name: string,
    { platform, labels, provider, dependsOn }: PrivateRegistryProps,
    own: Readonly<Record<string, string>>,
  ) {
    return { name, platform: platform ?? new DockerHost(), labels: { ...labels, ...own }, provider, dependsOn };
  }

  private secret({ credentials, variablePrefix }: PrivateRegistryProps, name: CredentialName): string {
    return credentials?.[name] ?? credentialVariable(this, name, variablePrefix);
  }

  private keys(props: PrivateRegistryProps, accessKey: CredentialName, secretKey: CredentialName): S3Keys {
    return { accessKey: this.secret(props, accessKey), secretKey: this.secret(props, secretKey) };
  }
}

/** What the registry reaches without a proxy, besides loopback and a private storage: its own networks, and a role's keys. */
function directly(storage: RustFsStorage | S3Storage, networks: PrivateRegistryProps["networks"]): string[] {
  const subnets = [networks?.edge?.subnet, networks?.storage?.subnet].filter((subnet) => subnet !== undefined);
  return ["registry", ...subnets, ...(usesMachineRole(storage) ? ["169.254.169.254", "169.254.170.2"] : [])];
}

/** Existing networks that the registry joins, and may reach its storage by. */
function otherNetworks({ extraNetworks = [], tls }: DistributionOptions = {}): string[] {
  const proxys = tls?.mode === "behind-proxy" ? tls.network : undefined;
  return [...new Set([...extraNetworks, ...(proxys ? [proxys] : [])])];
}

function usesMachineRole(storage: RustFsStorage | S3Storage): boolean {
  return storage.type === "s3" && storage.keysFrom === "machine-role";
}

/** Distribution's `storage` for the options. */
function storageOf({ storage = { type: "rustfs" }, registry }: PrivateRegistryProps) {
  return storageConfiguration(storage, {
    bucket: storage.bucket ?? "registry",
    endpoint: storage.type === "rustfs" ? RUSTFS_ENDPOINT : undefined,
    isPullThrough: Boolean(registry?.configuration?.proxy),
  });
}

/** What is wrong with the options of a registry called `id`, all of it at once. */
export function privateRegistryProblems(
  scope: IConstruct,
  id: string,
  props: PrivateRegistryProps,
): (Problem | undefined)[] {
  const storage = props.storage ?? { type: "rustfs" };
  const registry = { ...props.registry, storage: storageOf(props), httpSecret: "secret", htpasswd: true };
  return [
    check(props.name === undefined ? "id" : "name", props.name ?? id, NAME),
    ...checkKeys("labels", props.labels, LABEL_NAME),
    ...within("images", imagesProblems(props.images)),
    ...within("networks", networksProblems(props.networks ?? {})),
    ...within("storage", storageProblems(scope, storage)),
    ...within("registry", registryProblems(scope, registry)),
  ];
}
