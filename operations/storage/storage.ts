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

/**
 * Opens the storage of an environment as its registry reaches it: through the registry's container, with the registry's key.
 * Call `client.close()` when done.
 * @param key in place of the registry's
 * @throws Failure when the container does not run or keeps its images elsewhere
 */
export async function openStorage(
  runtime: Runtime,
  environment: Environment,
  key?: { readonly key: string; readonly secret: string },
): Promise<RegistryStorage> {
  const own = await storageAccess(runtime, environment);
  const access = key ? { ...own, accessKey: key.key, secretKey: key.secret } : own;
  const dial = runtime.dial(objectName(environment.name, "registry"));
  const agent = new TunnelAgent(dial, access.url, access.tls);
  return { access, client: new S3Client(access, agent, { environment: environment.name }) };
}
