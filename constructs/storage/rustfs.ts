import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TerraformResource } from "cdktf";
import { Construct } from "constructs";
import type { ContainerMount, ContainerNetwork, PartProps, PublishedPort, VolumeSpec } from "../platform/platform";
import { check, checkEach, checkKeys, publishProblems } from "../rules/checks";
import { type Problem, throwIfInvalid, within } from "../rules/errors";
import { brokenRules } from "../rules/rule";
import { rustfsRules } from "../rules/rustfs";
import { inUrl } from "../values/addresses";
import { LOG_LEVEL, RESTART, type RestartPolicy } from "../values/choices";
import { DEFAULT_REGION, RESTARTS, RUSTFS } from "../values/defaults";
import {
  CPUS,
  INCOMPLETE_UPLOAD_DAYS,
  MAX_DRIVES,
  PARITY,
  RUSTFS_MEMORY_MB,
  RUSTFS_STOP_SECONDS,
} from "../values/limits";
import { LISTENING } from "../values/listening";
import { dockerName, HOST_DIRECTORY, LABEL_NAME, NAME, REGION, RUSTFS_VARIABLE } from "../values/names";
import { objectName } from "../values/object-names";
import { publishedAddresses } from "../values/publish";
import type { S3Keys } from "./s3-access";

/** What an operator may choose about RustFS. */
export interface RustFsOptions {
  /** A named volume for the data. @default - `<name>-rustfs-data`, protected; not used when `directories` are given */
  readonly volume?: RustFsVolume;
  /**
   * Directories of the Docker host instead of a volume: 1–16, each one drive of a single erasure set. They must exist,
   * be empty or RustFS's, belong to uid 10001, and several must lie on separate disks: RustFS refuses to start otherwise.
   * @default - a named volume
   */
  readonly directories?: string[];
  /** Drives that may be lost, 0 to half of `directories`. @default - RustFS's: 0 for one, 1 for 2–3, 2 for 4–5, 3 for 6–7, 4 from 8 */
  readonly parity?: number;
  /** Publishes the web console. @default - the console is off */
  readonly console?: PublishedPort;
  /** Publishes the S3 API, for backups and tools. @default - only the registry reaches it */
  readonly s3Publish?: PublishedPort;
  /** Reported to clients; RustFS does not enforce it. @default "us-east-1" */
  readonly region?: string;
  /** @default "warn" */
  readonly logLevel?: "error" | "warn" | "info" | "debug";
  /** At least 2048: 1 GiB was seen killed for lack of memory (rustfs/rustfs#7702), and with 2048 a burst of large pushes has little room. @default 3072 */
  readonly memoryMb?: number;
  /**
   * Restart RustFS in order when it has kept much of its memory limit: 60 % while nothing moves, 75 % at any time. RustFS 1.0.1
   * gives memory back in no other way, and the kernel would kill it in the end. @default true, with `restart` unless-stopped or always
   */
  readonly memoryRestart?: boolean;
  /** Days after its start after which RustFS throws an unfinished upload away, 1–365. @default 7 */
  readonly incompleteUploadDays?: number;
  /** @default - no limit */
  readonly cpus?: number;
  /** At least 30: RustFS drains for 10 s, then closes its files. @default 40 */
  readonly stopTimeoutSeconds?: number;
  /** @default "unless-stopped" */
  readonly restart?: RestartPolicy;
  /** Further variables of RustFS; what the construct sets itself is refused. @default - none */
  readonly environment?: Record<string, string>;
  /** @default - none */
  readonly labels?: Record<string, string>;
}

export interface RustFsVolume {
  /** @default `<name>-rustfs-data` */
  readonly name?: string;
  /** Refuse every plan that would destroy it. @default true */
  readonly protect?: boolean;
}

/** The container is called `<name>-rustfs`. */
export interface RustFsProps extends RustFsOptions, PartProps {
  readonly image: string;
  readonly rootKeys: S3Keys;
  /** The internal network; RustFS is called `rustfs` on it. */
  readonly network: ContainerNetwork;
  /** Where metrics are sent by OTLP over HTTP. @default - nowhere, unless `environment` says so */
  readonly otlpEndpoint?: string;
  /** The network to publish from, joined only when a port is published. @default - nothing may be published */
  readonly edgeNetwork?: ContainerNetwork;
}

/** Where the S3 API answers on the internal network. */
export const RUSTFS_ENDPOINT = `http://rustfs:${LISTENING.s3}`;

const SECRETS = "/run/secrets";
const HEALTH = "/opt/private-registry/rustfs-health.sh";

/** Shares of the memory limit at which RustFS is restarted */
const QUIET_PERCENT = "60";
const BUSY_PERCENT = "75";

/**
 * One RustFS server: S3 on an internal network, root keys from files, data on a protected volume or on host directories.
 *
 * @example
 * new RustFs(this, "rustfs", { platform: new DockerHost(), name: "registry", image: image.imageId, rootKeys, network: networks.storage })
 */
export class RustFs extends Construct {
  /** The container. */
  public readonly container: TerraformResource;
  /** Where the S3 API answers on the internal network. */
  public readonly endpoint = RUSTFS_ENDPOINT;
  /** Where the data lies, for people: `volume NAME` or `directories A, B`. */
  public readonly dataLocation: string;
  /** The console's URL on the Docker host, when it is published. */
  public readonly consoleUrl?: string;

  constructor(scope: Construct, id: string, props: RustFsProps) {
    super(scope, id);
    throwIfInvalid(this, constructProblems(props));
    const mounts = this.mounts(props);
    this.dataLocation = rustFsLocation(props.name, props);
    this.consoleUrl =
      props.console && `http://${inUrl(publishedAddresses(props.console)[0] ?? "")}:${props.console.port}`;
    this.container = props.platform.service(this, "Resource", {
      name: objectName(props.name, "rustfs"),
      component: "rustfs",
      image: props.image,
      environment: { ...unlessSaid(props), ...props.environment, ...environment(props, mounts) },
      files: [
        { path: `${SECRETS}/rustfs-access-key`, content: props.rootKeys.accessKey },
        { path: `${SECRETS}/rustfs-secret-key`, content: props.rootKeys.secretKey },
        { path: HEALTH, content: readFileSync(join(__dirname, "rustfs-health.sh"), "utf8") },
      ],
      mounts,
      networks: networks(props),
      ports: [
        { port: LISTENING.s3, published: props.s3Publish },
        ...(props.console ? [{ port: LISTENING.console, published: props.console }] : []),
      ],
      health: { command: ["/bin/sh", HEALTH, ...(restartsItself(props) ? [QUIET_PERCENT, BUSY_PERCENT] : [])] },
      // The bucket job asks the same question sooner, and says more when the answer stays out.
      waitUntilHealthy: false,
      restart: props.restart ?? RESTARTS,
      stopTimeoutSeconds: props.stopTimeoutSeconds ?? RUSTFS.stopTimeoutSeconds,
      memoryMb: props.memoryMb ?? RUSTFS.memoryMb,
      cpus: props.cpus,
      labels: props.labels,
      dependsOn: props.dependsOn,
    });
  }

  private mounts(props: RustFsProps): ContainerMount[] {
    const paths = rustFsPaths(props);
    if (props.directories) return paths.map((path, n) => ({ path, directory: props.directories?.[n] }));
    const volume = props.platform.volume(this, "data", rustFsVolume(props.name, props));
    return paths.map((path) => ({ path, volume: volume.name }));
  }
}

/** The volume that holds the data, unless directories do. @param name the registry's */
export function rustFsVolume(name: string, { volume }: RustFsOptions): VolumeSpec {
  return { name: volume?.name ?? objectName(name, "rustfs-data"), protect: volume?.protect ?? true };
}

/** Where the data is in the container. */
export function rustFsPaths({ directories = [] }: RustFsOptions): string[] {
  return directories.length > 1 ? directories.map((_, n) => `/drives/${n}`) : ["/data"];
}

/** Where the data lies, for people. @param name the registry's */
export function rustFsLocation(name: string, options: RustFsOptions): string {
  const { directories } = options;
  return directories ? `directories ${directories.join(", ")}` : `volume ${rustFsVolume(name, options).name}`;
}

function networks(props: RustFsProps): ContainerNetwork[] {
  const storage = { id: props.network.id, aliases: ["rustfs"] };
  const publishes = props.s3Publish ?? props.console;
  return publishes && props.edgeNetwork ? [storage, { id: props.edgeNetwork.id }] : [storage];
}

/** Whether the engine starts RustFS again after it stopped by itself. */
function restartsItself({ memoryRestart = true, restart = RESTARTS }: RustFsProps): boolean {
  return memoryRestart && (restart === RESTARTS || restart === "always");
}

/** Variables that a caller may set otherwise. */
function unlessSaid({ s3Publish, environment = {}, otlpEndpoint }: RustFsProps): Record<string, string> {
  const hasOtlp = Object.keys(environment).some((name) => /^RUSTFS_OBS_.*ENDPOINT$/.test(name));
  return {
    ...(otlpEndpoint && {
      RUSTFS_OBS_ENDPOINT: otlpEndpoint,
      RUSTFS_OBS_TRACES_EXPORT_ENABLED: "false",
      RUSTFS_OBS_LOGS_EXPORT_ENABLED: "false",
    }),
    // With any OTLP endpoint RustFS writes its log nowhere else.
    ...((hasOtlp || otlpEndpoint) && { RUSTFS_OBS_LOG_STDOUT_ENABLED: "true" }),
    // The health page shows the version to whoever reaches the port.
    ...(s3Publish && { RUSTFS_HEALTH_MINIMAL_RESPONSE_ENABLE: "true" }),
  };
}

/** Sources of the values: RustFS's variables as of 1.0; the image itself logs to files and asks for updates. */
function environment(props: RustFsProps, mounts: ContainerMount[]): Record<string, string> {
  return {
    RUSTFS_ACCESS_KEY_FILE: `${SECRETS}/rustfs-access-key`,
    RUSTFS_SECRET_KEY_FILE: `${SECRETS}/rustfs-secret-key`,
    // One argument with an ellipsis is one erasure set; separate paths would not be.
    RUSTFS_VOLUMES: mounts.length === 1 ? "/data" : `/drives/{0...${mounts.length - 1}}`,
    RUSTFS_REGION: props.region ?? DEFAULT_REGION,
    RUSTFS_CONSOLE_ENABLE: String(props.console !== undefined),
    // The default since 1.0.1; release candidates made buckets that skip an fsync, and a bucket keeps the mode it was made with.
    RUSTFS_NEW_BUCKET_DURABILITY_MODE: "strict",
    // RustFS's own is 24 h, and a lifecycle rule of the bucket can only make it earlier.
    RUSTFS_API_STALE_UPLOADS_EXPIRY: `${(props.incompleteUploadDays ?? RUSTFS.incompleteUploadDays) * 24}h`,
    RUSTFS_OBS_LOG_DIRECTORY: "",
    RUSTFS_OBS_LOGGER_LEVEL: props.logLevel ?? RUSTFS.logLevel,
    RUSTFS_CHECK_UPDATE: "false",
    ...(props.parity === undefined ? {} : { RUSTFS_STORAGE_CLASS_STANDARD: `EC:${props.parity}` }),
  };
}

function constructProblems(props: RustFsProps): (Problem | undefined)[] {
  const publishes = props.s3Publish ?? props.console;
  return [
    check("name", props.name, NAME),
    ...rustFsProblems(props),
    publishes && !props.edgeNetwork
      ? {
          option: "edgeNetwork",
          rule: "is needed to publish 's3Publish' or 'console'",
          fix: "an internal network publishes nothing",
        }
      : undefined,
  ];
}

/** What is wrong with an operator's choices. */
export function rustFsProblems(options: RustFsOptions): (Problem | undefined)[] {
  const { directories, volume } = options;
  const single = [
    check("volume.name", volume?.name, dockerName("volume")),
    checkDirectories(directories),
    ...checkEach("directories", directories, HOST_DIRECTORY),
    check("parity", options.parity, PARITY),
    ...within("console", publishProblems(options.console)),
    ...within("s3Publish", publishProblems(options.s3Publish)),
    check("region", options.region, REGION),
    check("logLevel", options.logLevel, LOG_LEVEL),
    check("memoryMb", options.memoryMb, RUSTFS_MEMORY_MB),
    check("incompleteUploadDays", options.incompleteUploadDays, INCOMPLETE_UPLOAD_DAYS),
    check("cpus", options.cpus, CPUS),
    check("stopTimeoutSeconds", options.stopTimeoutSeconds, RUSTFS_STOP_SECONDS),
    check("restart", options.restart, RESTART),
    ...checkKeys("environment", options.environment, RUSTFS_VARIABLE),
    ...checkKeys("labels", options.labels, LABEL_NAME),
  ];
  return [...single, ...brokenRules(rustfsRules, options, single)];
}

function checkDirectories(directories: readonly string[] | undefined): Problem | undefined {
  if (directories === undefined || (directories.length >= 1 && directories.length <= MAX_DRIVES)) return undefined;
  const rule = `must be a list of 1–${MAX_DRIVES} host directories`;
  return { option: "directories", rule, got: directories.length, fix: "remove it to keep the data in a volume" };
}
