import type { ITerraformDependable, TerraformResource } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import type { PrivateRegistryProps } from "../registry/private-registry";
import type { RestartPolicy } from "../values/choices";
import type { Problem } from "../values/errors";
import type { ImageReference } from "../values/image-reference";
import type { PublishAddress } from "../values/publish";

/** A file put into a container before it starts. */
export interface ContainerFile {
  readonly path: string;
  /** The text; a token for a secret. Either this or `source`. */
  readonly content?: string;
  /** A file on the machine that runs Terraform; its bytes stay out of the state. Either this or `content`. */
  readonly source?: string;
  /** Octal, four digits. Files belong to root. @default "0444" - so that a service that is not root can read it */
  readonly mode?: string;
}

/** A volume or a directory of the host, seen inside the container. */
export interface ContainerMount {
  readonly path: string;
  /** Name of a volume. Either this or `directory`. */
  readonly volume?: string;
  /** Absolute path on the Docker host. Either this or `volume`. */
  readonly directory?: string;
  /** @default false */
  readonly readOnly?: boolean;
}

export interface ContainerNetwork {
  /** The network's id: a reference to it, so that a replaced network replaces what is attached to it. */
  readonly id: string;
  /** Names under which others on the network find the container. @default - its own name */
  readonly aliases?: string[];
}

export interface ContainerPort {
  /** Port inside the container. */
  readonly port: number;
  /** Port and address of the host. @default - only containers on its networks reach it */
  readonly published?: PublishedPort;
}

/** Where a port is reachable on the Docker host. */
export interface PublishedPort {
  /** IPv4 or IPv6 address of the host, several of them, or `all`. @default "127.0.0.1" - nobody but the host itself */
  readonly address?: PublishAddress;
  readonly port: number;
}

/** A command that says whether the service works. The times are the platform's business: they are about waiting. */
export interface ContainerHealth {
  readonly command: string[];
  /** How long a first start may take. @default 60 */
  readonly startSeconds?: number;
}

/** What every container needs, service or job. Plain data: a platform decides how it becomes Terraform. */
export interface ContainerSpec {
  /** Name of the Docker object. */
  readonly name: string;
  /** What the container is; becomes the label `dev.private-registry.component`. */
  readonly component: string;
  /** What `Platform.image` returned, or any image name. */
  readonly image: string;
  /** @default - the image's own */
  readonly entrypoint?: string[];
  /** @default - the image's own */
  readonly command?: string[];
  readonly environment?: Record<string, string>;
  /** `UID:GID`. @default - the image's own */
  readonly user?: string;
  readonly files?: ContainerFile[];
  readonly mounts?: ContainerMount[];
  /** Directories that the container writes, and that may be lost with it. @default - none but what the image lets it write */
  readonly scratch?: readonly string[];
  /** @default - no network at all */
  readonly networks?: readonly ContainerNetwork[];
  readonly labels?: Record<string, string>;
  readonly dependsOn?: ITerraformDependable[];
  /** Resources whose change or replacement replaces the container too. Of a service that is updated in place, only another volume does. */
  readonly replaceWith?: TerraformResource[];
}

/** A container that stays up. */
export interface ServiceSpec extends ContainerSpec {
  /** All that it listens on and others use. */
  readonly ports?: ContainerPort[];
  readonly health: ContainerHealth;
  /** Whether the apply waits until the service is healthy. */
  readonly waitUntilHealthy: boolean;
  readonly restart: RestartPolicy;
  /** From the stop signal to the kill. */
  readonly stopTimeoutSeconds: number;
  readonly memoryMb: number;
  /** Cores, fractions allowed. @default - no limit */
  readonly cpus?: number;
  /** How many run at once, never more than `Platform.copies` says. Each has volumes of its own. @default 1 */
  readonly copies?: number;
}

/** A network that containers meet on. */
export interface NetworkSpec {
  /** Name of the Docker object. */
  readonly name: string;
  /** Whether nothing on it reaches, or is reached from, outside. */
  readonly internal: boolean;
  /** Range in CIDR form. @default - the platform chooses one */
  readonly subnet?: string;
  /** Address of the host in it. @default - the subnet's first */
  readonly gateway?: string;
  /** Largest packet in bytes. @default - the platform's */
  readonly mtu?: number;
  readonly labels?: Record<string, string>;
  readonly dependsOn?: ITerraformDependable[];
}

/** Data that outlives the container which writes it. */
export interface VolumeSpec {
  /** Name of the Docker object. */
  readonly name: string;
  /** Refuse every plan that would destroy it. */
  readonly protect: boolean;
  /** Name of the service that mounts it. */
  readonly service: string;
  /** How many the service has of it, one for each of its copies. @default 1 */
  readonly copies?: number;
  /** For a platform where a volume's labels may change. @default - none */
  readonly labels?: Record<string, string>;
}

/** How copies of a service find one another. */
export interface Peers {
  /** Host names of all of them, numbers with an ellipsis, as RustFS takes it: `NAME-{0...3}.NAME`. */
  readonly hosts: string;
  /** The same, one by one. */
  readonly each: readonly string[];
  /** A copy's own host name, in a variable of it. */
  readonly own: string;
}

/**
 * Files that a service reads again when they change, so that a change restarts nothing. They appear whole and at once: a file
 * that is gone or half-written, even for a moment, is never seen.
 */
export interface LiveFilesSpec {
  /** Name of the volume, or of what a platform has in its place. */
  readonly name: string;
  /** Where the service finds them. */
  readonly directory: string;
  /** Content by file name; tokens for secrets. */
  readonly files: Readonly<Record<string, string>>;
  /** The job that writes them, for a platform that has nothing of its own for it: it takes them from `/incoming`. */
  readonly writer: Pick<ContainerSpec, "name" | "component" | "image"> & {
    /** For `/bin/sh`. */
    readonly script: string;
    /** Where it writes them. */
    readonly directory: string;
  };
  /** What a plan shows of them, where it hides the files: they are written again with it. @default - nothing */
  readonly replaceWith?: TerraformResource[];
  readonly labels?: Record<string, string>;
  readonly dependsOn?: ITerraformDependable[];
}

/** Files that were written. */
export interface LiveFiles {
  readonly mount: ContainerMount;
  /** What a service that needs them waits for. */
  readonly written: TerraformResource;
}

/** What a platform made, for people who are about to deploy it. */
export interface PlatformObject {
  readonly kind: "image" | "network" | "volume" | "service" | "job";
  readonly name: string;
  /** Of a network: whether it has no way out. @default false */
  readonly internal?: boolean;
}

/**
 * Where containers run and how: the seam between what a registry is and one Docker host, or a cluster. Nothing else makes
 * resources that only one of them knows.
 */
export interface Platform {
  /** How many registries, and how many storage servers, run at once. */
  readonly copies: { readonly registry: number; readonly storage: number };
  /** Whether a registry that changes is told to stop only when another one takes all new connections. */
  readonly overlaps: boolean;
  /**
   * What of a registry's options it cannot do, each with the reason. Nothing was made yet. Options of an environment file have
   * their defaults, which must not be refused.
   */
  problems(options: PrivateRegistryProps): readonly Problem[];
  /** Writes what the platform needs of the stack, such as a provider's version. Called once, before anything is made. */
  prepare(scope: Construct, options: PrivateRegistryProps): void;
  /** Makes an image available. @returns what `ContainerSpec.image` takes */
  image(scope: Construct, id: string, reference: ImageReference): string;
  /** Makes a network; its `id` is what `ContainerNetwork` takes. */
  network(scope: Construct, id: string, spec: NetworkSpec): TerraformResource & { readonly id: string };
  /** Makes a volume; its `name` is what `ContainerMount` takes. */
  volume(scope: Construct, id: string, spec: VolumeSpec): TerraformResource & { readonly name: string };
  /** Where a volume's data lies, for people: `volume NAME`. */
  placeOf(volume: VolumeSpec): string;
  /** How several copies of a service with volumes find one another. */
  peers(service: string): Peers;
  /** Keeps files for a service that reads them again. `volumeFiles` does it with a volume and a job. */
  liveFiles(scope: Construct, id: string, spec: LiveFilesSpec): LiveFiles;
  /** Runs a container that stays up. */
  service(scope: Construct, id: string, spec: ServiceSpec): TerraformResource;
  /** Runs a container to its end; a non-zero exit fails the apply, and the next apply runs it again. */
  job(scope: Construct, id: string, spec: ContainerSpec): TerraformResource;
  /** What was made below a construct, in the order in which it was made. */
  objects(scope: IConstruct): PlatformObject[];
}

/** What every part of a registry is told. */
export interface PartProps {
  readonly platform: Platform;
  /** Prefix of the Docker objects' names. */
  readonly name: string;
  /** Labels of containers and networks. @default - none */
  readonly labels?: Record<string, string>;
  /** @default - nothing */
  readonly dependsOn?: ITerraformDependable[];
}
