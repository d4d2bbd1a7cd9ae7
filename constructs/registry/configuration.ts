import {
  type DistributionConfiguration,
  type DistributionOverrides,
  mergeConfiguration,
} from "../distribution/configuration";
import { PROXY_DEFAULTS } from "../distribution/proxy";
import type { StorageConfiguration } from "../storage/storage";
import type { BoundTls } from "../tls/tls";
import { DEFAULT_REALM, DRAIN, HEADERS, LISTED, LOG, METRICS, PURGE } from "../values/defaults";
import { LISTENING } from "../values/listening";
import { RegistryCache } from "./cache";
import type { CredentialSource } from "./credentials";
import { notificationConfiguration } from "./notifications";
import type { DistributionOptions, MetricsOptions, PullThroughOptions, UploadPurgingOptions } from "./options";

/** What Distribution's configuration is made of besides an operator's options. */
export interface ConfigurationSources {
  /** Distribution's `storage`. @default - what `configuration` says */
  readonly storage?: StorageConfiguration;
  readonly credentials: CredentialSource;
  /** Whether users log in by password. */
  readonly hasUsers: boolean;
  /** Whether a Prometheus of ours scrapes it. @default false */
  readonly isScraped?: boolean;
  /** Distribution's `auth` when users get tokens elsewhere. @default - by password, when there are users */
  readonly token?: DistributionOverrides;
  /** @default - the choice of TLS is broken, and adds nothing */
  readonly tls?: BoundTls;
}

/** The configuration that options make, secrets as tokens. Later layers win; the operator's own keys are the last. */
export function configure(options: DistributionOptions, sources: ConfigurationSources): DistributionConfiguration {
  const { storage, credentials, hasUsers, isScraped = false, token, tls } = sources;
  const { realm = DEFAULT_REALM, drainTimeoutSeconds = DRAIN.drainTimeoutSeconds } = options;
  const base: DistributionOverrides = {
    version: "0.1",
    log: log(options),
    storage: { delete: { enabled: options.delete ?? true } },
    ...(hasUsers && !token && { auth: { htpasswd: { realm, path: "/auth/htpasswd" } } }),
    http: {
      addr: `:${LISTENING.registry}`,
      secret: credentials.value("registry_http_secret"),
      draintimeout: `${drainTimeoutSeconds}s`,
      headers: { ...HEADERS, ...options.headers },
      debug: debug(options.metrics, isScraped),
    },
    health: { storagedriver: { enabled: true, interval: "10s", threshold: 3 } },
  };
  return mergeConfiguration(
    base,
    cacheOf(options).configuration(credentials),
    { storage: { maintenance: maintenance(options) } },
    storage && { storage },
    { storage: redirect(options) },
    isPullThrough(options) ? { proxy: PROXY_DEFAULTS } : undefined,
    { catalog: { maxentries: options.limits?.catalog ?? LISTED }, tags: { maxtags: options.limits?.tags ?? LISTED } },
    notificationConfiguration(options.notifications ?? {}, credentials),
    tls?.configuration,
    token,
    options.proxy && { proxy: pullThrough(options.proxy, credentials) },
    options.configuration,
  ) as DistributionConfiguration;
}

/** Networks that options name, which exist already. */
export function namedNetworks({ metrics, extraNetworks = [] }: DistributionOptions, tls: BoundTls): string[] {
  const scraped = isServed(metrics) ? metrics?.network : undefined;
  return [...new Set([tls.network, scraped, ...extraNetworks].filter((network) => network !== undefined))];
}

/** The cache that is chosen, or the one for a registry that says nothing. */
function cacheOf(options: DistributionOptions): RegistryCache {
  const isChosenBelow = options.configuration?.storage?.cache?.blobdescriptor !== undefined;
  // A pull-through cache gets none: it would answer for blobs that were removed below it.
  return options.cache ?? (isPullThrough(options) || isChosenBelow ? RegistryCache.none() : RegistryCache.inMemory());
}

function isServed(metrics: MetricsOptions | undefined): boolean {
  return metrics !== undefined && metrics.enabled !== false;
}

function isPullThrough({ proxy, configuration }: DistributionOptions): boolean {
  return Boolean(proxy ?? configuration?.proxy);
}

function log({ log = {} }: DistributionOptions) {
  const { level = LOG.level, format = LOG.format, accessLog = true, fields } = log;
  return { level, formatter: format, accesslog: { disabled: !accessLog }, ...(fields && { fields }) };
}

function redirect({ redirect = false, redirectEndpoint }: DistributionOptions): StorageConfiguration {
  return { redirect: { disable: !redirect }, ...(redirectEndpoint && { s3: { redirectendpoint: redirectEndpoint } }) };
}

function maintenance({ uploadPurging, readOnly }: DistributionOptions) {
  return { uploadpurging: purging(uploadPurging), ...(readOnly && { readonly: { enabled: true } }) };
}

function purging({ enabled = true, dryRun = false, ...hours }: UploadPurgingOptions = {}) {
  const { ageHours = PURGE.ageHours, intervalHours = PURGE.intervalHours } = hours;
  return enabled ? { enabled, age: `${ageHours}h`, interval: `${intervalHours}h`, dryrun: dryRun } : { enabled };
}

/** The debug port shows internals to everybody who reaches it, hence loopback unless somebody scrapes it. */
function debug(metrics: MetricsOptions = {}, isScraped: boolean) {
  const { port = METRICS.port, path = METRICS.path } = metrics;
  const isTheirs = isServed(metrics) && metrics.network !== undefined;
  if (!isTheirs && !isScraped) return { addr: `127.0.0.1:${port}` };
  return { addr: `:${port}`, prometheus: { enabled: true, path } };
}

function pullThrough({ remoteUrl, ttlHours = 0, username }: PullThroughOptions, credentials: CredentialSource) {
  return {
    remoteurl: remoteUrl,
    ttl: ttlHours === 0 ? "0s" : `${ttlHours}h`,
    ...(username && { username, password: credentials.value("registry_proxy_password") }),
  };
}
