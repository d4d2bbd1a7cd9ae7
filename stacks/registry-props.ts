import type { Construct } from "constructs";
import type { Environment } from "../config";
import { IN_MEMORY_CACHE } from "../config/schema/registry";
import type {
  DistributionOptions,
  DistributionOverrides,
  PrivateRegistryProps,
  RustFsStorage,
  S3Storage,
} from "../constructs";
import { credentialVariable, DockerHost, mergeOverrides, sensitiveVariable } from "../constructs";

type Registry = Environment["registry"];
type Cache = NonNullable<Registry["cache"]>;

/** Translates an environment file into the construct's options; where the file's words differ, they are the friendlier ones. */
export function registryProps(scope: Construct, environment: Environment): PrivateRegistryProps {
  const { name, docker, registry, storage, networks, images, labels } = environment;
  return {
    name,
    images,
    networks,
    labels,
    platform: new DockerHost({ olderThan25: docker.olderThan25 }),
    storage: storage.s3 ? s3Storage(storage.s3) : rustFsStorage(storage.rustfs),
    registry: distributionOptions(scope, registry),
  };
}

function rustFsStorage(rustfs: Environment["storage"]["rustfs"]): RustFsStorage {
  const { s3Publish, ...options } = rustfs ?? {};
  return { ...options, type: "rustfs", s3: s3Publish };
}

function s3Storage({
  encrypt,
  kmsKeyId,
  skipVerify,
  storageClass,
  objectAcl,
  accelerate,
  dualStack,
  ...s3
}: S3): S3Storage {
  return {
    ...s3,
    type: "s3",
    options: {
      encrypt,
      keyid: kmsKeyId,
      skipverify: skipVerify,
      storageclass: storageClass,
      objectacl: objectAcl,
      accelerate,
      usedualstack: dualStack,
    },
  };
}

type S3 = NonNullable<Environment["storage"]["s3"]>;

function distributionOptions(scope: Construct, registry: Registry): DistributionOptions {
  const { host, publish, tls, realm, uploadsAtOnce, memoryMb, cpus } = registry;
  const { drainTimeoutSeconds, stopTimeoutSeconds, restart, environment, labels, metrics } = registry;
  return {
    ...{ host, publish, tls, realm, uploadsAtOnce, memoryMb, cpus },
    ...{ drainTimeoutSeconds, stopTimeoutSeconds, restart, environment, labels },
    extraNetworks: [
      ...new Set([tls.mode === "behind-proxy" && tls.network, metrics.enabled && metrics.network]),
    ].filter((network) => typeof network === "string"),
    // Deeply: one key of a section must not take the file's other keys of it away.
    configuration: mergeOverrides(configuration(scope, registry), registry.configuration),
  };
}

/** The file's `registry` section in Distribution's words. */
function configuration(scope: Construct, registry: Registry): DistributionOverrides {
  const { log, metrics, limits, proxy } = registry;
  const isPullThrough = Boolean(proxy ?? registry.configuration?.proxy);
  const cache: Cache = registry.cache ?? (isPullThrough ? { type: "none" } : IN_MEMORY_CACHE);
  return {
    log: {
      level: log.level,
      formatter: log.format,
      accesslog: { disabled: !log.accessLog },
      ...(log.fields && { fields: log.fields }),
    },
    storage: {
      delete: { enabled: registry.delete },
      redirect: { disable: !registry.redirect },
      ...(registry.redirectEndpoint && { s3: { redirectendpoint: registry.redirectEndpoint } }),
      cache: cache.type === "none" ? null : { blobdescriptor: cache.type, ...cacheSize(cache) },
      maintenance: {
        uploadpurging: purging(registry.uploadPurging),
        ...(registry.readOnly && { readonly: { enabled: true } }),
      },
    },
    ...(cache.type === "redis" && { redis: redis(scope, cache) }),
    http: {
      headers: registry.headers,
      // The debug port shows internals to everybody who reaches it, hence loopback unless somebody scrapes it.
      debug: metrics.enabled
        ? { addr: `:${metrics.port}`, prometheus: { enabled: true, path: metrics.path } }
        : { addr: `127.0.0.1:${metrics.port}` },
    },
    catalog: { maxentries: limits.catalog },
    tags: { maxtags: limits.tags },
    ...(registry.notifications.endpoints.length > 0 && { notifications: notifications(scope, registry.notifications) }),
    ...(proxy && {
      proxy: {
        remoteurl: proxy.remoteUrl,
        ttl: `${proxy.ttlHours}${proxy.ttlHours === 0 ? "s" : "h"}`,
        ...(proxy.username && {
          username: proxy.username,
          password: credentialVariable(scope, "registry_proxy_password"),
        }),
      },
    }),
  };
}

function cacheSize(cache: Cache) {
  return cache.type === "inmemory" ? { blobdescriptorsize: cache.size } : {};
}

function purging({ enabled, ageHours, intervalHours, dryRun }: Registry["uploadPurging"]) {
  return enabled ? { enabled, age: `${ageHours}h`, interval: `${intervalHours}h`, dryrun: dryRun } : { enabled };
}

function redis(scope: Construct, cache: Extract<Cache, { type: "redis" }>) {
  return {
    addrs: cache.addresses,
    db: cache.database,
    username: cache.username,
    ...(cache.passwordFromVariable && { password: credentialVariable(scope, "registry_redis_password") }),
    ...(cache.tls && { tls: {} }),
  };
}

function notifications(scope: Construct, { includeReferences, endpoints }: Registry["notifications"]) {
  return {
    events: { includereferences: includeReferences },
    endpoints: endpoints.map((endpoint) => ({
      name: endpoint.name,
      url: endpoint.url,
      disabled: endpoint.disabled,
      timeout: `${endpoint.timeoutSeconds}s`,
      threshold: endpoint.threshold,
      backoff: `${endpoint.backoffSeconds}s`,
      headers: { ...endpoint.headers, ...headersFromVariables(scope, endpoint) },
      ignoredmediatypes: endpoint.ignoredMediaTypes,
      ...(endpoint.ignore && { ignore: { mediatypes: endpoint.ignore.mediaTypes, actions: endpoint.ignore.actions } }),
    })),
  };
}

function headersFromVariables(scope: Construct, endpoint: Registry["notifications"]["endpoints"][number]) {
  const entries = Object.entries(endpoint.headersFromVariables ?? {});
  return Object.fromEntries(
    entries.map(([header, variable]) => [
      header,
      [sensitiveVariable(scope, variable, `Value of header ${header} for notifications to ${endpoint.name}`)],
    ]),
  );
}
