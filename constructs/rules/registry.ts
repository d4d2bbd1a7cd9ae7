import { isIP } from "node:net";
import type { PublishedPort } from "../platform/platform";
import type { NotificationEndpoint } from "../registry/notifications";
import type { MetricsOptions, PullThroughOptions } from "../registry/options";
import { METRICS } from "../values/defaults";
import type { Problem } from "../values/errors";
import { isLoopback } from "../values/ip";
import { LISTENING } from "../values/listening";
import { type OptionRule, unless } from "./rule";

/** What of the registry depends on each other, defaults filled in. */
export interface RegistryChoices {
  readonly host: string;
  readonly publish: PublishedPort;
  /** The options of the way to do TLS. */
  readonly tls: object;
  readonly drainTimeoutSeconds: number;
  readonly stopTimeoutSeconds: number;
  readonly delete?: boolean;
  readonly readOnly?: boolean;
  readonly cache?: { readonly type: string };
  readonly metrics?: MetricsOptions;
  readonly notifications?: { readonly endpoints?: readonly NotificationEndpoint[] };
  readonly proxy?: PullThroughOptions;
}

/** Rules about the registry's own options. */
export const registryRules: readonly OptionRule<RegistryChoices>[] = [
  {
    id: "host-is-no-namespace",
    reads: ["host", "publish.port", "tls"],
    check: (choices) =>
      unless(
        /[.]|^localhost$/.test(choices.host) || isIP(choices.host) !== 0 || clientPort(choices) !== 443,
        "host",
        "must contain a dot when clients write no port: Docker takes a bare word for a user of Docker Hub",
        choices.host,
        "use a name such as registry.example.com, or another port than 443",
      ),
  },
  {
    id: "stop-after-drain",
    reads: ["stopTimeoutSeconds", "drainTimeoutSeconds"],
    check: ({ stopTimeoutSeconds, drainTimeoutSeconds }) =>
      unless(
        stopTimeoutSeconds > drainTimeoutSeconds,
        "stopTimeoutSeconds",
        `must exceed drainTimeoutSeconds ${drainTimeoutSeconds}, or requests are cut off`,
        stopTimeoutSeconds,
        `set it to ${drainTimeoutSeconds + 10}`,
      ),
  },
  {
    id: "proxy-can-store",
    reads: ["proxy", "readOnly"],
    check: ({ proxy, readOnly }) =>
      unless(
        !proxy || !readOnly,
        "readOnly",
        "must be false with proxy, which stores what it passes on",
        "true",
        "remove it: clients cannot push to a pull-through cache anyway",
      ),
  },
  {
    id: "proxy-can-evict",
    reads: ["proxy", "delete"],
    check: (choices) =>
      unless(
        !choices.proxy?.ttlHours || choices.delete !== false,
        "delete",
        "must be true with proxy.ttlHours, or nothing is removed",
        "false",
        "remove it, or remove ttlHours",
      ),
  },
  {
    id: "proxy-remembers-nothing",
    reads: ["proxy", "cache"],
    check: ({ proxy, cache = { type: "none" } }) =>
      unless(
        !proxy || cache.type === "none",
        "cache.type",
        "must be none with proxy: for a layer that was removed the registry would answer 200 with no bytes",
        cache.type,
        "remove cache",
      ),
  },
  {
    id: "metrics-need-network",
    reads: ["metrics.enabled", "metrics.network"],
    check: ({ metrics }) =>
      unless(
        metrics === undefined || metrics.enabled === false || metrics.network !== undefined,
        "metrics.network",
        "is required with metrics: the port is never published",
        "nothing",
        "name the Docker network that Prometheus is in",
      ),
  },
  {
    id: "metrics-port-is-free",
    reads: ["metrics"],
    check: ({ metrics: { port = METRICS.port } = {} }) =>
      unless(
        port !== LISTENING.registry,
        "metrics.port",
        `must not be ${LISTENING.registry}, where the registry itself listens in the container`,
        port,
        "remove it, or choose another, e.g. 5001",
      ),
  },
  {
    id: "notification-names-differ",
    reads: ["notifications"],
    check: ({ notifications }) => {
      const names = (notifications?.endpoints ?? []).map(({ name }) => name);
      return names.flatMap((name, index) =>
        unless(
          names.indexOf(name) === index,
          `notifications.endpoints[${index}].name`,
          "must be given once",
          name,
          "choose another name",
        ),
      );
    },
  },
  {
    id: "notification-headers-differ",
    reads: ["notifications"],
    check: ({ notifications }) => (notifications?.endpoints ?? []).flatMap(headersTwice),
  },
  {
    id: "notification-secret-needs-https",
    reads: ["notifications"],
    check: ({ notifications }) =>
      (notifications?.endpoints ?? []).flatMap((endpoint, n) =>
        unless(
          !endpoint.headersFromVariables || endpoint.reason !== undefined || !leavesHostInClear(endpoint.url),
          `notifications.endpoints[${n}].url`,
          "must be https:// with headersFromVariables: every event carries them",
          endpoint.url,
          "write https://, name a container in a network of the registry, such as http://scanner:9000/, or say why in reason",
        ),
      ),
  },
];

/** How the registry and its storage fit when clients are sent there. */
export interface RedirectChoices {
  readonly redirect?: boolean;
  readonly redirectEndpoint?: string;
  /** @default - not known */
  readonly storage?: StorageReach;
}

/** How clients get at a storage. */
export interface StorageReach {
  /** Whether they reach it at all. */
  readonly isReachable: boolean;
  /** Whether its endpoint is a name that they know. */
  readonly hasPublicName: boolean;
  /** Whether the bucket's name is in the path of a URL, and not in its host. */
  readonly hasPathStyle: boolean;
}

/** Rules about sending clients to the storage. */
export const redirectRules: readonly OptionRule<RedirectChoices>[] = [
  {
    id: "redirect-reaches-storage",
    reads: ["redirect", "redirectEndpoint", "storage"],
    check: ({ redirect, storage, redirectEndpoint }) =>
      unless(
        !redirect || !storage || (storage.isReachable && (storage.hasPublicName || redirectEndpoint !== undefined)),
        "redirect",
        "must be false with a storage server that clients cannot reach",
        "true",
        "remove it, or set s3Publish of the storage and redirectEndpoint",
      ),
  },
  {
    id: "redirect-endpoint-needs-redirect",
    reads: ["redirect", "redirectEndpoint"],
    check: ({ redirect, redirectEndpoint }) =>
      unless(
        redirect || redirectEndpoint === undefined,
        "redirectEndpoint",
        "has no effect without redirect: true",
        redirectEndpoint,
        "set redirect to true, or remove it",
      ),
  },
  {
    id: "redirect-endpoint-needs-path-style",
    reads: ["redirectEndpoint", "storage"],
    check: ({ redirectEndpoint, storage }) =>
      unless(
        !storage || redirectEndpoint === undefined || storage.hasPathStyle,
        "redirectEndpoint",
        "needs forcePathStyle of the storage: the bucket must be in the path, since the host is replaced",
        redirectEndpoint,
        "set forcePathStyle to true, or remove it",
      ),
  },
];

/** The port that clients connect to: the proxy's, when there is one. */
function clientPort({ tls, publish }: RegistryChoices): number {
  const { url } = tls as { readonly url?: string };
  return url === undefined ? publish.port : Number(new URL(url).port || 443);
}

/** Whether a request crosses a network that is not one of the Docker host's own: a name without a dot is a container's. */
function leavesHostInClear(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  const address = hostname.replace(/^\[|\]$/g, "");
  return protocol === "http:" && (isIP(address) === 0 ? hostname.includes(".") : !isLoopback(address));
}

function headersTwice({ headers = {}, headersFromVariables = {} }: NotificationEndpoint, index: number): Problem[] {
  const plain = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  return Object.keys(headersFromVariables)
    .filter((name) => plain.has(name.toLowerCase()))
    .map((name) => ({
      option: `notifications.endpoints[${index}].headersFromVariables.${name}`,
      rule: "must not be in headers too",
      got: name,
      fix: "remove one of the two",
    }));
}
