import { hostIsNoNamespace, stopAfterDrain } from "../../constructs/rules/registry";
import type { Environment } from "../schema";
import { memoryHoldsUploads } from "./registry-memory";
import { finding, type Rule, unless } from "./rule";
import { shared } from "./shared";

/** Rules about the registry's own keys. */
export const registryRules: readonly Rule[] = [
  shared(hostIsNoNamespace, "registry", ({ registry }) => registry),
  {
    id: "redirect-reaches-storage",
    reads: ["registry.redirect", "registry.redirectEndpoint", "storage"],
    check: ({ registry, storage }) =>
      unless(
        !registry.redirect ||
          !storage.rustfs ||
          (storage.rustfs.s3Publish !== undefined && registry.redirectEndpoint !== undefined),
        "registry.redirect",
        "must be false with storage.rustfs, which clients cannot reach",
        "true",
        "remove it, or set storage.rustfs.s3Publish and registry.redirectEndpoint",
      ),
  },
  {
    id: "redirect-endpoint-needs-redirect",
    reads: ["registry.redirect", "registry.redirectEndpoint"],
    check: ({ registry: { redirect, redirectEndpoint } }) =>
      unless(
        redirect || redirectEndpoint === undefined,
        "registry.redirectEndpoint",
        "has no effect without redirect: true",
        redirectEndpoint,
        "set registry.redirect to true, or remove it",
      ),
  },
  {
    id: "redirect-endpoint-needs-path-style",
    reads: ["registry.redirectEndpoint", "storage.s3"],
    check: ({ registry: { redirectEndpoint }, storage: { s3 } }) =>
      unless(
        !s3 || redirectEndpoint === undefined || (s3.forcePathStyle ?? s3.endpoint !== undefined),
        "registry.redirectEndpoint",
        "needs storage.s3.forcePathStyle: the bucket must be in the path, since the host is replaced",
        redirectEndpoint,
        "set storage.s3.forcePathStyle to true, or remove it",
      ),
  },
  {
    id: "proxy-can-store",
    reads: ["registry.proxy", "registry.readOnly"],
    check: ({ registry }) =>
      unless(
        !registry.proxy || !registry.readOnly,
        "registry.readOnly",
        "must be false with registry.proxy, which stores what it passes on",
        "true",
        "remove it: clients cannot push to a pull-through cache anyway",
      ),
  },
  {
    id: "proxy-can-evict",
    reads: ["registry.proxy", "registry.delete"],
    check: ({ registry }) =>
      unless(
        !registry.proxy?.ttlHours || registry.delete,
        "registry.delete",
        "must be true with registry.proxy.ttlHours, or nothing is removed",
        "false",
        "remove it, or remove ttlHours",
      ),
  },
  {
    id: "proxy-remembers-nothing",
    reads: ["registry.proxy", "registry.cache"],
    check: ({ registry: { proxy, cache = { type: "none" } } }) =>
      unless(
        !proxy || cache.type === "none",
        "registry.cache.type",
        "must be none with registry.proxy: for a layer that was removed the registry would answer 200 with no bytes",
        cache.type,
        "remove registry.cache",
      ),
  },
  shared(stopAfterDrain, "registry", ({ registry }) => registry),
  memoryHoldsUploads,
  {
    id: "metrics-need-network",
    reads: ["registry.metrics.enabled", "registry.metrics.network"],
    check: ({ registry: { metrics } }) =>
      unless(
        !metrics.enabled || metrics.network !== undefined,
        "registry.metrics.network",
        "is required with metrics.enabled: the port is never published",
        "nothing",
        "name the Docker network that Prometheus is in",
      ),
  },
  {
    id: "metrics-port-is-free",
    reads: ["registry.metrics"],
    check: ({ registry: { metrics } }) =>
      unless(
        metrics.port !== 5000,
        "registry.metrics.port",
        "must not be 5000, where the registry itself listens in the container",
        "5000",
        "remove it, or choose another, e.g. 5001",
      ),
  },
  {
    id: "notification-names-differ",
    reads: ["registry.notifications"],
    check: ({ registry }) => {
      const names = registry.notifications.endpoints.map(({ name }) => name);
      return names.flatMap((name, index) =>
        unless(
          names.indexOf(name) === index,
          `registry.notifications.endpoints.${index}.name`,
          "must be given once",
          name,
          "choose another name",
        ),
      );
    },
  },
  {
    id: "notification-headers-differ",
    reads: ["registry.notifications"],
    check: ({ registry }) => registry.notifications.endpoints.flatMap(twiceGivenHeaders),
  },
];

type Endpoint = Environment["registry"]["notifications"]["endpoints"][number];

function twiceGivenHeaders({ headers = {}, headersFromVariables = {} }: Endpoint, index: number) {
  const plain = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  return Object.keys(headersFromVariables)
    .filter((name) => plain.has(name.toLowerCase()))
    .map((name) => {
      const { path, ...rest } = finding(
        `registry.notifications.endpoints.${index}.headersFromVariables`,
        "must not be in headers too",
        name,
        "remove one of the two",
      );
      return { path: [...path, name], ...rest };
    });
}
