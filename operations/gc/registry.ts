import { parse } from "yaml";
import type { Environment } from "../../config";
import { objectName } from "../../constructs/values/object-names";
import { command } from "../command";
import { Failure } from "../failure";
import { openSite, type RegistrySite } from "../maintenance/site";
import { connect } from "../runtime/connect";
import { CONFIG_FILE } from "../storage/access";
import type { S3Client } from "../storage/s3-client";
import { withStorage } from "../storage/storage";
import type { Variables } from "../terraform/terraform";
import { purgeRedis, type RedisSettings } from "./redis";

/** A registry whose unneeded blobs are to be removed. */
export interface CollectedRegistry {
  readonly site: RegistrySite;
  readonly client: S3Client;
  /** What every key begins with. */
  readonly root: string;
  /** Nothing is pushed into its storage at all, by its configuration. */
  readonly isReadOnlyAnyway: boolean;
  /** Forgets what a cache outside of the registry remembers. @returns how many entries; nothing: there is no such cache */
  readonly purgeCache: () => Promise<number | undefined>;
}

interface Configuration {
  readonly storage?: {
    readonly cache?: { readonly blobdescriptor?: string };
    readonly maintenance?: { readonly readonly?: { readonly enabled?: boolean } };
  };
  readonly redis?: RedisSettings;
  readonly proxy?: { readonly remoteurl?: string };
}

/**
 * Opens a registry and its storage for as long as something uses them.
 * @throws Failure for what cannot be collected: it does not run, or is a pull-through cache
 */
export async function withRegistry<T>(
  environment: Environment,
  variables: Variables,
  use: (registry: CollectedRegistry) => Promise<T>,
): Promise<T> {
  const { name } = environment;
  const runtime = await connect(environment, variables);
  const site = await openSite(runtime, environment, variables);
  const container = objectName(name, "registry");
  const configuration = parse(await runtime.readFile(container, CONFIG_FILE)) as Configuration;
  if (configuration.proxy?.remoteurl)
    throw new Failure(
      `${name} is a pull-through cache: it has no images of its own to keep`,
      `${command("cache trim", name, "--max-gb", "100")} bounds its size`,
    );
  const { storage, redis } = configuration;
  return withStorage(runtime, environment, ({ client, access: { root } }) =>
    use({
      ...{ site, client, root },
      isReadOnlyAnyway:
        storage?.maintenance?.readonly?.enabled === true &&
        site.neighbours.every((other) => other.environment === name),
      purgeCache: async () =>
        storage?.cache?.blobdescriptor === "redis" && redis ? purgeRedis(runtime.dial(container), redis) : undefined,
    }),
  );
}
