import type { DistributionOverrides } from "../distribution/configuration";
import type { PublishedPort } from "../platform/platform";
import type { RegistryTls } from "../tls/registry-tls";
import type { LOG_FORMAT, LOG_LEVEL, RestartPolicy } from "../values/choices";
import type { RegistryCache } from "./cache";
import type { NotificationOptions } from "./notifications";

/** What an operator may choose about the registry. */
export interface DistributionOptions {
  /** The name that clients use, without scheme and port. @default "localhost" */
  readonly host?: string;
  /** Where the registry is reachable. @default - 127.0.0.1:5000 */
  readonly publish?: PublishedPort;
  /** @default - none, which is refused off loopback */
  readonly tls?: RegistryTls;
  /** Shown by clients that ask for a password. @default "registry" */
  readonly realm?: string;
  /** @default - level info as JSON, with a line for each request */
  readonly log?: LogOptions;
  /** Allow clients to delete; without it old images can never be removed. @default true */
  readonly delete?: boolean;
  /** Refuse pushes and deletes. @default false */
  readonly readOnly?: boolean;
  /** Send clients to the storage for layers instead of passing them on; they must reach it. @default false */
  readonly redirect?: boolean;
  /** Scheme and host that redirects point to. @default - the storage's endpoint */
  readonly redirectEndpoint?: string;
  /** Where facts about blobs are remembered. @default - in memory; nowhere with `proxy`, which takes nothing else */
  readonly cache?: RegistryCache;
  /** Removal of abandoned uploads. @default - after a week, looked for once a day */
  readonly uploadPurging?: UploadPurgingOptions;
  /** Sizes of list answers. @default - 1000 each; clients page through the rest */
  readonly limits?: { readonly tags?: number; readonly catalog?: number };
  /** Headers of every answer. @default - X-Content-Type-Options: nosniff */
  readonly headers?: Readonly<Record<string, string[]>>;
  /** Prometheus metrics, on a port that is never published. @default - none */
  readonly metrics?: MetricsOptions;
  /** Events for other systems. @default - none */
  readonly notifications?: NotificationOptions;
  /** Makes the registry a pull-through cache of another one; clients cannot push then. @default - an ordinary registry */
  readonly proxy?: PullThroughOptions;
  /** Keys of Distribution's configuration, merged over the construct's. @default - none */
  readonly configuration?: DistributionOverrides;
  /** Existing networks to join besides, by name or id. @default - none */
  readonly extraNetworks?: string[];
  /** Layers that may arrive at the same time; with the size of a part they decide the memory. @default 32 */
  readonly uploadsAtOnce?: number;
  /** Memory limit in MiB; Go's heap is kept below 90 % of it. @default - what `uploadsAtOnce` needs: 1216 for 32 in parts of 16 MiB */
  readonly memoryMb?: number;
  /** @default - no limit */
  readonly cpus?: number;
  /** How long requests that still run at the end of `stopTimeoutSeconds` may take, with the port closed; a pull-through cache needs 1. On Kubernetes `stopTimeoutSeconds` but 5 s, since another registry has taken its place. @default 1 */
  readonly drainTimeoutSeconds?: number;
  /**
   * From the stop signal to the kill; above `drainTimeoutSeconds`. All but that and 5 s the registry lets what runs end, with its port
   * open. @default 80
   */
  readonly stopTimeoutSeconds?: number;
  /** @default "unless-stopped" */
  readonly restart?: RestartPolicy;
  /** Further variables; `REGISTRY_*` is refused, since Distribution parses those as YAML, and what the construct sets. @default - none */
  readonly environment?: Record<string, string>;
  /** @default - none */
  readonly labels?: Record<string, string>;
}

export interface LogOptions {
  /** @default "info" */
  readonly level?: (typeof LOG_LEVEL.words)[number];
  /** @default "json" */
  readonly format?: (typeof LOG_FORMAT.words)[number];
  /** A line for each request. @default true */
  readonly accessLog?: boolean;
  /** Fields added to every line. @default - none */
  readonly fields?: Readonly<Record<string, string>>;
}

export interface UploadPurgingOptions {
  /** @default true */
  readonly enabled?: boolean;
  /** Hours after which an upload counts as abandoned. @default 168 */
  readonly ageHours?: number;
  /** Hours between two searches. @default 24 */
  readonly intervalHours?: number;
  /** Only log what would be removed. @default false */
  readonly dryRun?: boolean;
}

export interface MetricsOptions {
  /** @default true - when there are options at all */
  readonly enabled?: boolean;
  /** Existing network on which Prometheus scrapes. */
  readonly network?: string;
  /** Port inside the container; the debug pages are on it, too. @default 5001 */
  readonly port?: number;
  /** @default "/metrics" */
  readonly path?: string;
}

export interface PullThroughOptions {
  /** Registry whose images are passed on and kept. */
  readonly remoteUrl: string;
  /** Hours from the first pull until a layer is removed for all images, used or not. @default 0 - never */
  readonly ttlHours?: number;
  /** User at that registry; the password is the secret `registry_proxy_password`. @default - anonymous */
  readonly username?: string;
}
