import { isLoopback } from "../../constructs/values/ip";
import { keyPrefix } from "../../constructs/values/names";
import { publishedAddresses } from "../../constructs/values/publish";
import type { Environment } from "../schema";
import { storageSections } from "../storage-section";

/**
 * Whether two environments keep their images in one place, so that what one removes is gone for the other, too: the same bucket
 * and folder of one S3 service, or of the RustFS that one of them publishes. A service that has two names is not recognised.
 */
export function sharesStorage(a: Environment, b: Environment): boolean {
  const [one, other] = [placeOf(a), placeOf(b)];
  return one.path === other.path && one.servers.some((server) => other.servers.includes(server));
}

function placeOf(environment: Environment): { readonly path: string; readonly servers: readonly string[] } {
  const { s3 } = environment.storage;
  const { bucket, rootDirectory } = storageSections(environment)[0] ?? {};
  const path = `${bucket}/${keyPrefix(rootDirectory)}`;
  if (!s3) return { path, servers: publishedServers(environment) };
  return { path, servers: [s3.endpoint === undefined ? "Amazon" : new URL(s3.endpoint).host] };
}

/** Where others find the RustFS of an environment, as `host:port`. */
function publishedServers({ docker, registry, storage }: Environment): string[] {
  const published = storageSections({ storage })[0]?.s3Publish;
  if (!published || !docker) return [];
  const { hostname } = new URL(docker.host);
  return [registry.host, hostname, ...publishedAddresses(published)]
    .filter((host) => host !== "" && !isLoopback(host))
    .map((host) => new URL(`http://${host.includes(":") ? `[${host}]` : host}:${published.port}`).host);
}
