import type { Environment } from "../config";
import { RegistryImages, RegistryStorage, type StorageServer } from "../constructs";
import { watchersOf } from "../constructs/monitoring/options";
import { objectName } from "../constructs/values/object-names";

const KINDS = Object.keys(RegistryStorage) as (keyof typeof RegistryStorage)[];

/** The storage of an environment: the file's section is named as the construct's factory, and has its options. */
export function registryStorage({ storage }: Pick<Environment, "storage">): RegistryStorage {
  const kind = KINDS.find((one) => storage[one] !== undefined) ?? "rustfs";
  return RegistryStorage[kind]((storage[kind] ?? {}) as never);
}

/** The storage server of an environment; none when the images are in an S3 service that exists. */
export function storageServer(environment: Environment): StorageServer | undefined {
  return registryStorage(environment).server(environment.name, new RegistryImages(environment.images));
}

/** Names of the containers that stay up, the registry's first. */
export function containerNames(environment: Environment): string[] {
  const server = storageServer(environment);
  const { name, access, monitoring, ui } = environment;
  return [
    objectName(name, "registry"),
    ...(access ? [objectName(name, "token")] : []),
    ...(server ? [server.container] : []),
    ...watchersOf(monitoring).map((noun) => objectName(name, noun)),
    ...(ui ? [objectName(name, "ui")] : []),
  ];
}
