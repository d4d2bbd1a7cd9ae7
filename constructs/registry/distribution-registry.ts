import { type ITerraformDependable, type TerraformProvider, type TerraformResource, Token } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import {
  type DistributionConfiguration,
  type DistributionOverrides,
  mergeConfiguration,
} from "../distribution/configuration";
import { PROXY_DEFAULTS, upstreamLogin } from "../distribution/proxy";
import { flattenConfiguration, renderConfiguration } from "../distribution/render";
import type { ContainerMount, ContainerNetwork, Platform, PublishedPort, RestartPolicy } from "../platform/platform";
import { check } from "../rules/checks";
import { type Problem, refuse } from "../rules/errors";
import { dataVolume } from "../storage/data-volume";
import { type S3AccessProps, s3Access } from "../storage/s3-access";
import { checkFile, tlsFileProblems } from "../tls/certificate/files";
import { tlsProblems } from "../tls/problems";
import { setUpTls, type Tls, type TlsSetup } from "../tls/tls";
import { pathFromStack } from "../values/local-path";
import { NAME } from "../values/names";
import { goMemoryLimit, memoryForUploads, UPLOADS_AT_ONCE } from "../values/upload-memory";
import { ConfigurationTrigger } from "./configuration-trigger";
import { chunkSizeMb, distributionProblems, registryChoices } from "./distribution-problems";
import type { HtpasswdFile } from "./htpasswd-file";
import { privateHost, withoutProxyFor } from "./proxy-variables";
import { serveCommand } from "./serve";

/** What an operator may choose about the registry. */
export interface DistributionOptions {
  /** The name that clients use, without scheme and port. @default "localhost" */
  readonly host?: string;
  /** Where the registry is reachable. @default - 127.0.0.1:5000 */
  readonly publish?: PublishedPort;
  /** @default - none, which is refused off loopback */
  readonly tls?: Tls;
  /** Shown by clients that ask for a password. @default "registry" */
  readonly realm?: string;
  /** Keys of Distribution's configuration, merged over the construct's. @default - none */
  readonly configuration?: DistributionOverrides;
  /** Existing networks to join besides, by name or id: a proxy's, a Prometheus'. @default - none */
  readonly extraNetworks?: string[];
  /** Layers that may arrive at the same time; with the size of a part they decide the memory. @default 32 */
  readonly uploadsAtOnce?: number;
  /** Memory limit in MiB; Go's heap is kept below 90 % of it. @default - what `uploadsAtOnce` needs: 1216 for 32 in parts of 16 MiB */
  readonly memoryMb?: number;
  /** @default - no limit */
  readonly cpus?: number;
  /** How long running requests may take when the registry stops. @default 20 */
  readonly drainTimeoutSeconds?: number;
  /** From the stop signal to the kill; above `drainTimeoutSeconds`. @default 30 */
  readonly stopTimeoutSeconds?: number;
  /** @default "unless-stopped" */
  readonly restart?: RestartPolicy;
  /** Further variables; `REGISTRY_*` is refused, since Distribution parses those as YAML, and what the construct sets. @default - none */
  readonly environment?: Record<string, string>;
  /** @default - none */
  readonly labels?: Record<string, string>;
}

export interface DistributionRegistryProps extends DistributionOptions, S3AccessProps {
  readonly platform: Platform;
  /** Prefix of the Docker objects: the container is `<name>-registry`, the certificates' volume `<name>-acme`. */
  readonly name: string;
  readonly image: string;
  /** Signs the state of unfinished uploads; a token. */
  readonly httpSecret: string;
  /** @default - no authentication by password */
  readonly htpasswd?: HtpasswdFile;
  /** Distribution's `storage`, under `configuration`. @default - what `configuration` says */
  readonly storage?: DistributionOverrides["storage"];
  readonly networks: ContainerNetwork[];
  /** @default - the stack's Docker provider */
  readonly provider?: TerraformProvider;
  readonly dependsOn?: ITerraformDependable[];
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
  /** The URL that clients use. */
  public readonly url: string;
  /** Host, and port unless it is the scheme's own: what `docker login` and image names take. */
  public readonly address: string;

  constructor(scope: Construct, id: string, props: DistributionRegistryProps) {
    super(scope, id);
    refuse(this, [
      check("name", props.name, NAME),
      ...registryProblems(this, props),
      ...checkFile(this, "s3CaFile", props.s3CaFile),
    ]);
    const { host, publish, tls, stopTimeoutSeconds } = registryChoices(props);
    const setup = setUpTls(tls, (path) => pathFromStack(this, path));
    const configuration = configure(props, setup);
    const memoryMb =
      props.memoryMb ?? memoryForUploads(chunkSizeMb(configuration), props.uploadsAtOnce ?? UPLOADS_AT_ONCE);
    const access = s3Access(this, props);
    const upstream = upstreamLogin(configuration.proxy);
    this.configuration = { ...configuration, ...(upstream.proxy && { proxy: upstream.proxy }) };

    this.address = tls.mode === "behind-proxy" ? new URL(tls.url).host : hostAndPort(host, publish.port, setup.scheme);
    this.url = `${setup.scheme}://${this.address}`;
    const trigger = new ConfigurationTrigger(this, "config", {
      ...flattenConfiguration({ ...this.configuration, proxy: configuration.proxy }),
      ...setup.shown,
    });
    this.container = props.platform.service(this, "Resource", {
      name: `${props.name}-registry`,
      component: "distribution",
      image: props.image,
      command: serveCommand("/etc/distribution/config.yml"),
      environment: withoutProxyFor(environment(props, setup, memoryMb, access.environment), [
        `${props.name}-registry`,
        ...privateHost(configuration.storage.s3?.regionendpoint),
      ]),
      files: [
        { path: "/etc/distribution/config.yml", content: renderConfiguration(this.configuration), mode: "0400" },
        ...access.files,
        ...upstream.files,
        ...setup.files,
      ],
      mounts: this.mounts(props, setup),
      networks: [...props.networks, ...extraNetworks(props, setup).map((network) => ({ id: network }))],
      ports: setup.isPublished ? [{ port: 5000, published: publish }] : [],
      // Through the debug port: it needs neither password nor certificate, and fails when the storage does.
      health: {
        // Never through a proxy: `-Y off` is BusyBox's and GNU's word for it.
        command: [
          "wget",
          "-Y",
          "off",
          "-q",
          "-O",
          "/dev/null",
          `http://127.0.0.1:${debugPort(this.configuration)}/debug/health`,
        ],
      },
      waitUntilHealthy: true,
      restart: props.restart ?? "unless-stopped",
      stopTimeoutSeconds,
      memoryMb,
      cpus: props.cpus,
      labels: props.labels,
      replaceWith: [trigger],
      provider: props.provider,
      dependsOn: [...(props.dependsOn ?? []), ...(props.htpasswd ? [props.htpasswd.job] : [])],
    });
  }

  private mounts(props: DistributionRegistryProps, setup: TlsSetup): ContainerMount[] {
    const mounts = props.htpasswd ? [props.htpasswd.mount] : [];
    if (!setup.cacheDirectory) return mounts;
    // Losing it means asking for every certificate again, against the ACME server's limits.
    const volume = dataVolume(this, "acme", {
      name: `${props.name}-acme`,
      protect: setup.protectsCache,
      provider: props.provider,
    });
    return [...mounts, { path: setup.cacheDirectory, volume: volume.name }];
  }
}

/** What of a registry's options is checked, before there is anything. */
type Choices = DistributionOptions &
  Pick<DistributionRegistryProps, "storage" | "httpSecret"> & { readonly htpasswd?: unknown };

/** What is wrong with an operator's choices, all at once. */
export function registryProblems(scope: IConstruct, props: Choices): (Problem | undefined)[] {
  const { tls, host } = registryChoices(props);
  // A choice of TLS that is broken itself makes no configuration; what is wrong with it is told all the same.
  const isTlsFine = !tlsProblems(tls).some(Boolean);
  const setup = isTlsFine ? setUpTls(tls, (path) => path) : undefined;
  return [
    ...distributionProblems(props, configure(props, setup), configure({ ...props, configuration: undefined }, setup)),
    ...(isTlsFine ? tlsFileProblems(scope, tls, host) : []),
  ];
}

function configure(props: Choices, setup: TlsSetup | undefined): DistributionConfiguration {
  const own: DistributionOverrides = {
    version: "0.1",
    log: { level: "info", formatter: "json" },
    storage: { delete: { enabled: true } },
    ...(props.htpasswd ? { auth: { htpasswd: { realm: props.realm ?? "registry", path: "/auth/htpasswd" } } } : {}),
    http: {
      addr: ":5000",
      secret: props.httpSecret,
      draintimeout: `${props.drainTimeoutSeconds ?? 20}s`,
      headers: { "X-Content-Type-Options": ["nosniff"] },
      debug: { addr: "127.0.0.1:5001" },
    },
    health: { storagedriver: { enabled: true, interval: "10s", threshold: 3 } },
  };
  const layers = [
    props.storage && { storage: props.storage },
    setup?.configuration,
    props.configuration?.proxy && { proxy: PROXY_DEFAULTS },
    props.configuration,
  ];
  return mergeConfiguration(own, ...layers) as DistributionConfiguration;
}

function environment(
  props: DistributionRegistryProps,
  setup: TlsSetup,
  memoryMb: number,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    ...props.environment,
    ...setup.environment,
    // The official image says so too; a rebuilt one may not, and then sends traces to localhost:4318.
    OTEL_TRACES_EXPORTER: "none",
    ...(!Token.isUnresolved(memoryMb) && { GOMEMLIMIT: goMemoryLimit(memoryMb) }),
    ...own,
  };
}

function extraNetworks({ extraNetworks = [] }: DistributionRegistryProps, { network }: TlsSetup): string[] {
  return [...new Set([...(network ? [network] : []), ...extraNetworks])];
}

function debugPort({ http }: DistributionConfiguration): string {
  return http.debug?.addr.split(":").pop() ?? "5001";
}

function hostAndPort(host: string, port: number, scheme: "http" | "https"): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return port === (scheme === "https" ? 443 : 80) ? name : `${name}:${port}`;
}
