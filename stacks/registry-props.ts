import type { Environment } from "../config";
import { type Platform, type PrivateRegistryProps, RegistryCache } from "../constructs";
import { platformOf } from "./platforms";
import { registryStorage } from "./storage";
import { registryTls } from "./tls";

type Registry = Environment["registry"];

/** An environment file's keys as the construct's options, which have the same names. */
export function registryProps(environment: Environment): PrivateRegistryProps & { platform: Platform } {
  const { name, registry, networks, images, access, monitoring, ui, labels } = environment;
  return {
    ...{ name, images, networks, access, monitoring, ui, labels },
    platform: platformOf(environment).platform,
    storage: registryStorage(environment),
    registry: { ...registry, tls: registryTls(environment), cache: registry.cache && cache(registry.cache) },
  };
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
