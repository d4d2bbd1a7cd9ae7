import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TerraformResource } from "cdktf";
import { Construct } from "constructs";
import type { ContainerMount, ContainerNetwork, PartProps, Peers } from "../platform/platform";
import { check } from "../rules/checks";
import { inUrl } from "../values/addresses";
import { DEFAULT_REGION, RESTARTS, RUSTFS } from "../values/defaults";
import { type Problem, throwIfInvalid } from "../values/errors";
import { LISTENING } from "../values/listening";
import { NAME } from "../values/names";
import { objectName } from "../values/object-names";
import { publishedAddresses } from "../values/publish";
import { type RustFsOptions, rustFsLocation, rustFsPaths, rustFsProblems, rustFsVolume } from "./rustfs-options";
import type { S3Keys } from "./s3-access";

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
  /** Where each of several servers answers there, ready or not. */
  public readonly servers: readonly string[];
  /** Where the data lies, for people: `volume NAME` or `directories A, B`. */
  public readonly dataLocation: string;
  /** The console's URL on the Docker host, when it is published. */
  public readonly consoleUrl?: string;

  constructor(scope: Construct, id: string, props: RustFsProps) {
    super(scope, id);
    throwIfInvalid(this, constructProblems(props));
    const copies = props.platform.copies.storage;
    const peers = copies > 1 ? props.platform.peers(objectName(props.name, "rustfs")) : undefined;
    this.servers = peers ? peers.each.map((host) => `http://${host}:${LISTENING.s3}`) : [RUSTFS_ENDPOINT];
    const mounts = this.mounts(props, copies);
    this.dataLocation = rustFsLocation(props.name, props, props.platform);
    this.consoleUrl =
      props.console && `http://${inUrl(publishedAddresses(props.console)[0] ?? "")}:${props.console.port}`;
    this.container = props.platform.service(this, "Resource", {
      name: objectName(props.name, "rustfs"),
      component: "rustfs",
      image: props.image,
      environment: {
        ...optionalVariables(props),
        ...props.environment,
        ...environment(props, mounts),
        ...(peers && clusterVariables(peers)),
      },
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
      health: { command: healthCheck(props, copies) },
      // The bucket job asks the same question sooner, and says more when the answer stays out.
      waitUntilHealthy: false,
      restart: props.restart ?? RESTARTS,
      stopTimeoutSeconds: props.stopTimeoutSeconds ?? RUSTFS.stopTimeoutSeconds,
      memoryMb: props.memoryMb ?? RUSTFS.memoryMb,
      cpus: props.cpus,
      copies,
      labels: props.labels,
      dependsOn: props.dependsOn,
    });
  }

  private mounts(props: RustFsProps, copies: number): ContainerMount[] {
    const paths = rustFsPaths(props);
    if (props.directories) return paths.map((path, n) => ({ path, directory: props.directories?.[n] }));
    const volume = props.platform.volume(this, "data", { ...rustFsVolume(props.name, props), copies });
    return paths.map((path) => ({ path, volume: volume.name }));
  }
}

function networks(props: RustFsProps): ContainerNetwork[] {
  const storage = { id: props.network.id, aliases: ["rustfs"] };
  const publishes = props.s3Publish ?? props.console;
  return publishes && props.edgeNetwork ? [storage, { id: props.edgeNetwork.id }] : [storage];
}

/** What makes one server of several: each has a drive of the same erasure set, and waits for the others as long as it takes. */
function clusterVariables({ hosts, own }: Peers): Record<string, string> {
  return {
    RUSTFS_VOLUMES: `http://${hosts}:${LISTENING.s3}/data`,
    RUSTFS_LOCAL_ENDPOINT_HOST: own,
    RUSTFS_STARTUP_TOPOLOGY_WAIT_MODE: "orchestrated",
  };
}

/** The health check. Of several servers each has five minutes in turn in which it may restart: two away at once would stop every push. */
function healthCheck(props: RustFsProps, copies: number): string[] {
  const check = ["/bin/sh", HEALTH];
  if (!restartsItself(props)) return check;
  const restarting = [...check, QUIET_PERCENT, BUSY_PERCENT];
  if (copies === 1) return restarting;
  const isItsTurn = `[ $(($(date +%s) / 300 % ${copies})) = "\${HOSTNAME##*-}" ]`;
  return ["/bin/sh", "-c", `if ${isItsTurn}; then exec ${restarting.join(" ")}; fi; exec ${check.join(" ")}`];
}

/** Whether the engine starts RustFS again after it stopped by itself. */
function restartsItself({ memoryRestart = true, restart = RESTARTS }: RustFsProps): boolean {
  return memoryRestart && (restart === RESTARTS || restart === "always");
}

/** Variables that a caller may set otherwise. */
function optionalVariables({ s3Publish, environment = {}, otlpEndpoint }: RustFsProps): Record<string, string> {
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
