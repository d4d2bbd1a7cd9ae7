import { dirname } from "node:path/posix";
import { type TerraformResource, Token } from "cdktf";
import { Construct } from "constructs";
import type { TokenServer } from "../access/token-server";
import type { DistributionConfiguration } from "../distribution/configuration";
import { upstreamLogin } from "../distribution/proxy";
import { flattenConfiguration, renderConfiguration } from "../distribution/render";
import type { ContainerMount, ContainerNetwork, PartProps } from "../platform/platform";
import { check } from "../rules/checks";
import { type S3AccessProps, s3Access } from "../storage/s3-access";
import type { StorageConfiguration } from "../storage/storage";
import { checkFile } from "../tls/certificate/files";
import type { BoundTls } from "../tls/tls";
import { METRICS, RESTARTS } from "../values/defaults";
import { throwIfInvalid } from "../values/errors";
import { LISTENING } from "../values/listening";
import { NAME } from "../values/names";
import { objectName } from "../values/object-names";
import { goMemoryLimit, memoryForUploads, UPLOADS_AT_ONCE } from "../values/upload-memory";
import { RegistryCache } from "./cache";
import { configure, namedNetworks } from "./configuration";
import { ConfigurationTrigger } from "./configuration-trigger";
import { type CredentialSource, StackCredentials } from "./credentials";
import { chunkSizeMb, distributionProblems, registryChoices } from "./distribution-problems";
import type { HtpasswdFile } from "./htpasswd-file";
import type { DistributionOptions } from "./options";
import { privateHost, withoutProxyFor } from "./proxy-variables";
import { drainBesideAnother, READ_ONLY_MARKER, serveCommand, serveFile } from "./serve";
import { UploadPurger } from "./upload-purger";

/** The container is called `<name>-registry`, the certificates' volume `<name>-acme`. */
export interface DistributionRegistryProps extends DistributionOptions, S3AccessProps, PartProps {
  readonly image: string;
  /** @default - sensitive variables of the stack */
  readonly credentials?: CredentialSource;
  /** @default - no authentication by password */
  readonly htpasswd?: HtpasswdFile;
  /** The server whose tokens are taken in place of passwords. @default - passwords, when there is a users' file */
  readonly tokenServer?: Pick<TokenServer, "authentication" | "container">;
  /** Distribution's `storage`, under `configuration`. @default - what `configuration` says */
  readonly storage?: StorageConfiguration;
  readonly networks: readonly ContainerNetwork[];
  /** Serve metrics on every network of the container. @default false - only when `metrics` names a network */
  readonly isScraped?: boolean;
}

/**
 * CNCF Distribution, configured by one `config.yml` and nothing else.
 *
 * A changed key shows in the plan as `storage.s3.chunksize: 10485760 → 33554432`: the configuration without its secrets is
 * also a `null_resource`, and the container is replaced with it.
 */
export class DistributionRegistry extends Construct {
  /** The container. */
  public readonly container: TerraformResource;
  /** The configuration as Distribution gets it; secrets are tokens. */
  public readonly configuration: DistributionConfiguration;
  /** Every network that the container is on. */
  public readonly networks: readonly ContainerNetwork[];
  /** The URL that clients use. */
  public readonly url: string;
  /** The name that clients use. */
  public readonly host: string;
  /** How clients' connections are protected. */
  public readonly tls: BoundTls;
  /** Host, and port unless it is the scheme's own: what `docker login` and image names take. */
  public readonly address: string;

  constructor(scope: Construct, id: string, props: DistributionRegistryProps) {
    super(scope, id);
    throwIfInvalid(this, [
      check("name", props.name, NAME),
      ...distributionProblems(this, props, props),
      ...checkFile(this, "s3CaFile", props.s3CaFile),
    ]);
    const { publish, stopTimeoutSeconds, host, tls: choice, ...choices } = registryChoices(props);
    const {
      copies: { registry: copies },
      overlaps,
    } = props.platform;
    const drainTimeoutSeconds = overlaps ? drainBesideAnother({ stopTimeoutSeconds }) : choices.drainTimeoutSeconds;
    const tls = choice.bind(this, { host, publish });
    const { storage, htpasswd, tokenServer, credentials = new StackCredentials(this), isScraped } = props;
    const token = tokenServer?.authentication.configuration;
    const sources = { storage, credentials, tls, isScraped, token, hasUsers: htpasswd !== undefined };
    const configuration = configure({ ...(copies > 1 ? oneOfSeveral(props) : props), drainTimeoutSeconds }, sources);
    const memoryMb =
      props.memoryMb ?? memoryForUploads(chunkSizeMb(configuration), props.uploadsAtOnce ?? UPLOADS_AT_ONCE);
    const access = s3Access(this, props);
    const upstream = upstreamLogin(configuration.proxy);

    this.configuration = { ...configuration, ...(upstream.proxy && { proxy: upstream.proxy }) };
    this.networks = [...props.networks, ...namedNetworks(props, tls).map((network) => ({ id: network }))];
    this.tls = tls;
    this.host = host;
    this.address = tls.address;
    this.url = `${tls.scheme}://${tls.address}`;
    const trigger = new ConfigurationTrigger(this, "config", {
      ...flattenConfiguration({ ...this.configuration, proxy: configuration.proxy }),
      ...tls.shown,
    });
    const dependsOn = [
      ...(props.dependsOn ?? []),
      ...(htpasswd ? [htpasswd.written] : []),
      ...(tokenServer ? [tokenServer.container] : []),
    ];
    const health = healthCheck(this.configuration);
    this.container = props.platform.service(this, "Resource", {
      name: objectName(props.name, "registry"),
      component: "distribution",
      image: props.image,
      command: serveCommand({
        configurationFile: "/etc/distribution/config.yml",
        debugPort: debugPort(this.configuration),
        drainTimeoutSeconds,
        stopTimeoutSeconds,
      }),
      environment: withoutProxyFor(
        { ...props.environment, ...tls.environment, ...runtimeVariables(memoryMb), ...access.environment },
        [objectName(props.name, "registry"), ...privateHost(configuration.storage.s3?.regionendpoint)],
      ),
      files: [
        { path: "/etc/distribution/config.yml", content: renderConfiguration(this.configuration), mode: "0400" },
        serveFile(),
        ...access.files,
        ...upstream.files,
        ...(tokenServer?.authentication.files ?? []),
        ...(tls.files ?? []),
      ],
      mounts: this.mounts(props, tls),
      scratch: [dirname(READ_ONLY_MARKER)],
      networks: this.networks,
      ports: [
        { port: LISTENING.registry, published: tls.network === undefined ? publish : undefined },
        ...(isServed(this.configuration) ? [{ port: Number(debugPort(this.configuration)) }] : []),
      ],
      health: { command: health },
      waitUntilHealthy: true,
      restart: props.restart ?? RESTARTS,
      stopTimeoutSeconds,
      memoryMb,
      cpus: props.cpus,
      copies,
      labels: props.labels,
      replaceWith: [trigger],
      dependsOn,
    });
    // What one registry alone would do itself.
    const maintenance = copies > 1 ? configure(props, sources).storage.maintenance : undefined;
    if (maintenance?.uploadpurging?.enabled && !maintenance.readonly?.enabled) {
      new UploadPurger(this, "purger", {
        ...{ platform: props.platform, name: props.name, labels: props.labels, image: props.image },
        ...{ configuration: this.configuration, purging: maintenance.uploadpurging, health, dependsOn },
        ...{ networks: this.networks, files: access.files },
        environment: withoutProxyFor(
          { ...props.environment, OTEL_TRACES_EXPORTER: "none", ...access.environment },
          privateHost(configuration.storage.s3?.regionendpoint),
        ),
      });
    }
  }

  private mounts(props: DistributionRegistryProps, tls: BoundTls): ContainerMount[] {
    const { platform, name, htpasswd, tokenServer } = props;
    const { cache } = tls;
    const mounts = [...(htpasswd && !tokenServer ? [htpasswd.mount] : []), ...(tls.mounts ?? [])];
    if (!cache) return mounts;
    const volume = platform.volume(this, "acme", {
      name: objectName(name, "acme"),
      service: objectName(name, "registry"),
      protect: cache.protect,
    });
    return [...mounts, { path: cache.directory, volume: volume.name }];
  }
}

/** The options of a registry that does not run alone: what it remembers another one may have deleted, and others purge as well. */
function oneOfSeveral(options: DistributionRegistryProps): DistributionRegistryProps {
  const { cache, configuration } = options;
  const isChosen = cache !== undefined || configuration?.storage?.cache?.blobdescriptor !== undefined;
  return { ...options, cache: isChosen ? cache : RegistryCache.none(), uploadPurging: { enabled: false } };
}

/** Variables that the container gets of itself. */
function runtimeVariables(memoryMb: number): Record<string, string> {
  return {
    // The official image says so too; a rebuilt one may not, and then sends traces to localhost:4318.
    OTEL_TRACES_EXPORTER: "none",
    ...(!Token.isUnresolved(memoryMb) && { GOMEMLIMIT: goMemoryLimit(memoryMb) }),
  };
}

/** Through the debug port: it needs neither password nor certificate, and fails when the storage does. */
function healthCheck(configuration: DistributionConfiguration): string[] {
  // Never through a proxy: `-Y off` is BusyBox's and GNU's word for it.
  const url = `http://127.0.0.1:${debugPort(configuration)}/debug/health`;
  return ["wget", "-Y", "off", "-q", "-O", "/dev/null", url];
}

/** Whether others than the container itself reach the debug port. */
function isServed({ http }: DistributionConfiguration): boolean {
  return http.debug !== undefined && !http.debug.addr.startsWith("127.");
}

function debugPort({ http }: DistributionConfiguration): string | number {
  return http.debug?.addr.split(":").pop() ?? METRICS.port;
}
