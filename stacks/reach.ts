import type { Environment } from "../config";
import { clientAddress } from "../constructs/tls/tls";
import { registryStorage } from "./storage";

// What the constructs of an environment say too (a test compares them), for whoever must not wait until they are built.

/** The URL that clients use. */
export function clientUrl({ registry: { host, publish, tls } }: Environment): string {
  if (tls.mode === "behind-proxy") return new URL(tls.url).origin;
  const scheme = tls.mode === "none" ? "http" : "https";
  return `${scheme}://${clientAddress(scheme, { host, publish })}`;
}

/** The URL of the page to browse; nothing without one, and behind a proxy, which alone knows it. */
export function pageUrl({ ui, registry: { host, tls } }: Environment): string | undefined {
  if (!ui || tls.mode === "behind-proxy") return undefined;
  const scheme = tls.mode === "none" ? "http" : "https";
  return `${scheme}://${clientAddress(scheme, { host, publish: ui.publish })}`;
}

/** Where the images are, for people. */
export function dataLocation(environment: Environment): string {
  return registryStorage(environment).location(environment.name);
}
