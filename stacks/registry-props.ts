import type { Environment } from "../config";
import { DockerHost, type Platform, type PrivateRegistryProps, RegistryCache, RegistryTls } from "../constructs";
import { registryStorage } from "./storage";

type Registry = Environment["registry"];

/** An environment file's keys as the construct's options, which have the same names. */
export function registryProps(environment: Environment): PrivateRegistryProps & { platform: Platform } {
  const { name, docker, registry, networks, images, monitoring, ui, labels } = environment;
  return {
    ...{ name, images, networks, monitoring, ui, labels },
    platform: new DockerHost({ olderThan25: docker.olderThan25 }),
    storage: registryStorage(environment),
    registry: { ...registry, tls: tls(registry.tls), cache: registry.cache && cache(registry.cache) },
  };
}

function tls(given: Registry["tls"]): RegistryTls {
  switch (given.mode) {
    case "none":
      return RegistryTls.none(given);
    case "lets-encrypt":
      return RegistryTls.letsEncrypt(given);
    case "certificate":
      return RegistryTls.certificate(given);
    case "behind-proxy":
      return RegistryTls.behindProxy(given);
  }
}

function cache(given: NonNullable<Registry["cache"]>): RegistryCache {
  switch (given.type) {
    case "inmemory":
      return RegistryCache.inMemory(given);
    case "redis":
      return RegistryCache.redis(given);
    case "none":
      return RegistryCache.none();
  }
}
