import { RegistryImages } from "../images";
import { watchersOf } from "../monitoring/options";
import { registryChoices } from "../registry/distribution-problems";
import type { PrivateRegistryProps } from "../registry/private-registry";
import { check } from "../rules/checks";
import { RegistryStorage } from "../storage/registry-storage";
import { RESTARTS } from "../values/defaults";
import type { Problem } from "../values/errors";
import { isLoopback } from "../values/ip";
import { NODE_PORT } from "../values/limits";
import { LABEL_VALUE } from "../values/names";
import { dataVolumeName } from "../values/object-names";
import { isEveryAddress, publishedAddresses } from "../values/publish";
import { KUBERNETES, type KubernetesOptions } from "./kubernetes-options";

/** What of a registry's options a cluster cannot do, or does in another way, each with the reason. */
export function clusterProblems(options: PrivateRegistryProps, cluster: KubernetesOptions): Problem[] {
  return [
    ...partProblems(options),
    ...dockerProblems(options),
    ...storageProblems(options),
    ...copyProblems(options, cluster),
    ...exposureProblems(options, cluster),
    ...Object.entries(options.labels ?? {}).map(([label, value]) => check(`labels.${label}`, value, LABEL_VALUE)),
  ].filter((problem) => problem !== undefined);
}

/** Parts that a cluster has something of its own for. */
function partProblems({ access, ui, monitoring = {} }: PrivateRegistryProps): (Problem | undefined)[] {
  return [
    refused(access !== undefined, {
      option: "access",
      rule: "cannot be used on Kubernetes yet: the token server needs a port of its own beside the registry's",
      fix: "remove it, or keep this registry on a Docker host",
    }),
    refused(ui !== undefined, {
      option: "ui",
      rule: "cannot be used on Kubernetes yet: the page needs a port of its own beside the registry's",
      fix: "remove it",
    }),
    ...watchersOf(monitoring).map((noun) => ({
      option: `monitoring.${noun}`,
      rule: "cannot be used on Kubernetes: a cluster is watched as a whole",
      fix: "remove it, and use the cluster's own",
    })),
  ];
}

/** What only a Docker host has. */
function dockerProblems({ registry = {}, networks = {} }: PrivateRegistryProps): (Problem | undefined)[] {
  const { extraNetworks = [], metrics, restart = RESTARTS, tls } = registry;
  const inNamespace = "names a Docker network, and pods have none";
  return [
    refused(extraNetworks.length > 0, { option: "registry.extraNetworks", rule: inNamespace, fix: "remove it" }),
    refused(metrics !== undefined && metrics.enabled !== false, {
      option: "registry.metrics",
      rule: "cannot be used on Kubernetes yet: the port is for a Docker network, and pods have none",
      fix: "remove it",
    }),
    refused(tls?.network !== undefined, {
      option: "registry.tls.network",
      rule: inNamespace,
      fix: "remove it: an Ingress controller or proxy of the cluster reaches the Service `registry`",
    }),
    refused(restart !== RESTARTS && restart !== "always", {
      option: "registry.restart",
      rule: "cannot be chosen on Kubernetes, which always starts a pod again",
      got: restart,
      fix: "remove it",
    }),
    ...(["edge", "storage"] as const).flatMap((noun) =>
      (["subnet", "gateway", "mtu"] as const).map((key) =>
        refused(networks[noun]?.[key] !== undefined, {
          option: `networks.${noun}.${key}`,
          rule: "is Docker's: a cluster gives pods their addresses",
          fix: "remove it",
        }),
      ),
    ),
  ];
}

function storageProblems({ name = "", storage = RegistryStorage.rustfs() }: PrivateRegistryProps) {
  const server = storage.server(name, new RegistryImages());
  if (!server) return [];
  const own = dataVolumeName(name, server.noun);
  return [
    refused(server.directories.length > 0, {
      option: "storage.directories",
      rule: "are of a Docker host: on Kubernetes RustFS keeps the images on claims",
      fix: "remove it; kubernetes.storage says how many claims, of which class and size",
    }),
    refused(server.volume !== undefined && server.volume.name !== own, {
      option: "storage.volume.name",
      rule: "is a Docker volume's: claims are named after RustFS's pods",
      got: server.volume?.name,
      fix: "remove it",
    }),
    ...server.ports.map(({ id, title, published }) =>
      refused(published !== undefined, {
        option: `storage.${id === "s3" ? "s3Publish" : "console"}`,
        rule: `cannot be used on Kubernetes: ${title} would be open to the whole cluster`,
        fix: "remove it; for a look: kubectl port-forward service/rustfs 9000",
      }),
    ),
  ];
}

/** What several registries beside each other cannot share. */
function copyProblems({ registry = {} }: PrivateRegistryProps, { replicas = KUBERNETES.replicas }: KubernetesOptions) {
  if (replicas === 1) return [];
  const { tls, cache, proxy, configuration } = registry;
  return [
    refused(cache?.type === "inmemory" || configuration?.storage?.cache?.blobdescriptor === "inmemory", {
      option: "registry.cache",
      rule: `must be none or redis with ${replicas} replicas: each would go on serving what was deleted through another`,
      got: "inmemory",
      fix: "write `cache: { type: none }`, or set kubernetes.replicas to 1",
    }),
    refused(tls?.acme !== undefined, {
      option: "registry.tls",
      rule: `cannot get certificates by itself with ${replicas} replicas: the ACME server asks any of them`,
      got: tls?.mode,
      fix: "use mode behind-proxy with an Ingress and cert-manager, or set kubernetes.replicas to 1",
    }),
    refused(proxy !== undefined, {
      option: "registry.proxy",
      rule: `needs one replica: what is removed when is in one file of a pull-through cache, and ${replicas} would overwrite it`,
      fix: "set kubernetes.replicas to 1",
    }),
  ];
}

function exposureProblems({ registry = {} }: PrivateRegistryProps, { expose = {} }: KubernetesOptions) {
  const { publish, tls } = registryChoices(registry);
  const addresses = publishedAddresses(publish);
  const { by = KUBERNETES.exposedBy, nodePort } = expose;
  const isLocal = addresses.every(isLoopback);
  const hasProxy = tls.endedBy === "proxy";
  return [
    refused(!isLocal && !addresses.every(isEveryAddress), {
      option: "registry.publish.address",
      rule: "must be all, or loopback, on Kubernetes: the cluster gives addresses",
      got: publish.address,
      fix: "write all to let clients in from outside of the cluster; remove it to let in nobody but pods of the namespace",
    }),
    refused(by === "ingress" && !hasProxy, {
      option: "registry.tls",
      rule: "must be behind-proxy with kubernetes.expose.by ingress: the Ingress ends TLS",
      got: tls.mode,
      fix: "write `tls: { mode: behind-proxy, url: https://HOST }`, or expose the registry by load-balancer or node-port",
    }),
    refused(by === "node-port" && !isLocal && nodePort === undefined && !NODE_PORT.accepts(publish.port), {
      option: "registry.publish.port",
      rule: "must be a port that nodes give, 30000–32767, with kubernetes.expose.by node-port",
      got: publish.port,
      fix: "write e.g. 30443, or set kubernetes.expose.nodePort where a balancer leads from this port to that",
    }),
  ];
}

function refused(isWrong: boolean, problem: Problem): Problem | undefined {
  return isWrong ? problem : undefined;
}
