import type { Environment } from "../../config";
import { objectName } from "../../constructs/values/object-names";
import type { Runtime } from "../runtime/runtime";
import { type StorageAccess, storageAccess } from "./access";
import { S3Client } from "./s3-client";
import { TunnelAgent } from "./tunnel-agent";

/** The storage of a registry that runs, as the registry sees it. */
export interface RegistryStorage {
  readonly client: S3Client;
  readonly access: StorageAccess;
}

/** A key to an S3 storage. */
interface StorageKey {
  readonly key: string;
  readonly secret: string;
}

/**
 * Opens the storage of an environment as its registry reaches it: through the registry's container, with the registry's key.
 * Call `client.close()` when done, or use `withStorage`.
 * @param key in place of the registry's
 * @throws Failure when the container does not run or keeps its images elsewhere
 */
export async function openStorage(
  runtime: Runtime,
  environment: Environment,
  key?: StorageKey,
): Promise<RegistryStorage> {
  const own = await storageAccess(runtime, environment);
  const access = key ? { ...own, accessKey: key.key, secretKey: key.secret } : own;
  const dial = runtime.dial(objectName(environment.name, "registry"));
  const agent = new TunnelAgent(dial, access.url, access.tls);
  return { access, client: new S3Client(access, agent, { environment: environment.name }) };
}

/** Opens the storage for as long as something uses it. @throws Failure as `openStorage` does */
export async function withStorage<T>(
  runtime: Runtime,
  environment: Environment,
  use: (storage: RegistryStorage) => Promise<T>,
  key?: StorageKey,
): Promise<T> {
  const storage = await openStorage(runtime, environment, key);
  try {
    return await use(storage);
  } finally {
    storage.client.close();
  }
}
