import type { DistributionOverrides } from "../distribution/configuration";
import { check, checkEach } from "../rules/checks";
import { HOST_PORT } from "../values/addresses";
import { CACHED_BLOBS } from "../values/defaults";
import type { Problem } from "../values/errors";
import { CACHE_BLOBS, REDIS_DATABASE } from "../values/limits";
import { USER } from "../values/names";
import type { CredentialSource } from "./credentials";

export interface InMemoryCacheOptions {
  /** Blobs remembered. @default 10000 */
  readonly size?: number;
}

export interface RedisCacheOptions {
  /** Redis servers as `HOST:PORT`; several form a cluster. */
  readonly addresses: string[];
  /** Number of the database. @default 0 */
  readonly database?: number;
  /** @default - Redis' own default user */
  readonly username?: string;
  /** Log in with the secret `registry_redis_password`. @default false */
  readonly passwordFromVariable?: boolean;
  /** Connect with TLS. @default false */
  readonly tls?: boolean;
}

type CacheType = "inmemory" | "redis" | "none";

/**
 * Where the registry remembers facts about blobs, so that a pull asks the storage less often.
 *
 * @example RegistryCache.redis({ addresses: ["redis.example.com:6379"], passwordFromVariable: true })
 */
export class RegistryCache {
  /** In the registry's own memory. */
  public static inMemory({ size = CACHED_BLOBS }: InMemoryCacheOptions = {}): RegistryCache {
    const configuration = { storage: { cache: { blobdescriptor: "inmemory", blobdescriptorsize: size } } } as const;
    return new RegistryCache("inmemory", () => configuration, [check("size", size, CACHE_BLOBS)]);
  }

  /** In Redis, which several registries may share. */
  public static redis(options: RedisCacheOptions): RegistryCache {
    return new RegistryCache("redis", (credentials) => redis(options, credentials), [
      options.addresses?.length
        ? undefined
        : { option: "addresses", rule: "must name at least one server", fix: "write e.g. redis.example.com:6379" },
      ...checkEach("addresses", options.addresses, HOST_PORT),
      check("database", options.database, REDIS_DATABASE),
      check("username", options.username, USER),
    ]);
  }

  /** Nowhere. */
  public static none(): RegistryCache {
    return new RegistryCache("none", () => ({ storage: { cache: null } }), []);
  }

  /** Its name in environment files. */
  public readonly type: CacheType;
  /** What is wrong with its options. */
  public readonly problems: readonly (Problem | undefined)[];
  /** The configuration that makes it. */
  public readonly configuration: (credentials: CredentialSource) => DistributionOverrides;

  private constructor(
    type: CacheType,
    configuration: (credentials: CredentialSource) => DistributionOverrides,
    problems: readonly (Problem | undefined)[],
  ) {
    this.type = type;
    this.configuration = configuration;
    this.problems = problems;
  }
}

function redis(options: RedisCacheOptions, credentials: CredentialSource): DistributionOverrides {
  const { addresses, database, username, passwordFromVariable, tls } = options;
  return {
    storage: { cache: { blobdescriptor: "redis" } },
    redis: {
      addrs: addresses,
      db: database,
      username,
      ...(passwordFromVariable && { password: credentials.value("registry_redis_password") }),
      ...(tls && { tls: {} }),
    },
  };
}
