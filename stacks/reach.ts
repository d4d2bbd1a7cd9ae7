import type { Environment } from "../config";
import { platformOf } from "./platforms";
import { registryStorage } from "./storage";
import { registryTls } from "./tls";

// What the constructs of an environment say too (a test compares them), for whoever must not wait until they are built.

/** The URL that clients use. */
export function clientUrl({ registry }: Environment): string {
  const { scheme, address } = registryTls({ registry }).reach(registry);
  return `${scheme}://${address}`;
}

/** What clients write before an image's name: host, and port unless it is the scheme's own. */
export function clientAddress({ registry }: Environment): string {
  return registryTls({ registry }).reach(registry).address;
}

/** The URL of the page to browse; nothing without one, and behind a proxy, which alone knows it. */
export function pageUrl({ ui, registry }: Environment): string | undefined {
  const tls = registryTls({ registry });
  if (!ui || tls.endedBy === "proxy") return undefined;
  const { scheme, address } = tls.reach({ host: registry.host, publish: ui.publish });
  return `${scheme}://${address}`;
}

/** Where the images are, for people. */
export function dataLocation(environment: Environment): string {
  return registryStorage(environment).location(environment.name, platformOf(environment).platform);
}
