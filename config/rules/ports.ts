import { watchersOf } from "../../constructs/monitoring/options";
import { LOOPBACK } from "../../constructs/values/defaults";
import { addressesOverlap } from "../../constructs/values/ip";
import { publishedAddresses } from "../../constructs/values/publish";
import type { Finding } from "../diagnostic";
import type { Environment } from "../schema";
import { serverPorts } from "../storage-section";
import { finding, type Rule } from "./rule";

/** What decides which ports of the Docker host an environment takes. */
export const PUBLISHING_KEYS: readonly string[] = [
  "registry.publish",
  "registry.tls",
  "access.port",
  "storage.rustfs.console",
  "storage.rustfs.s3Publish",
  "monitoring",
  "ui",
];

/** Rules about the ports of one environment. */
export const portRules: readonly Rule[] = [
  {
    id: "ports-apart",
    reads: PUBLISHING_KEYS,
    check: (environment) => {
      const ports = publishedPorts(environment);
      return ports.flatMap((port, index) => {
        const taken = ports.slice(0, index).find((other) => other.path !== port.path && collide(port, other));
        return taken ? [portFinding(port, `must not be published by ${taken.path} too`)] : [];
      });
    },
  },
];

/** A port of the Docker host. */
export interface Published {
  readonly path: string;
  readonly address: string;
  readonly port: number;
}

/** Every port of the Docker host that an environment takes; a cluster's Services have addresses of their own. */
export function publishedPorts(environment: Environment): Published[] {
  const { registry, access, monitoring, ui, kubernetes } = environment;
  if (kubernetes) return [];
  const { tls, publish } = registry;
  // A proxy on a network of Docker's needs no port.
  const isPublished = !(tls && "network" in tls && tls.network !== undefined);
  return [
    ...(isPublished ? published("registry.publish", publish) : []),
    ...(isPublished && access ? published("access", { ...publish, port: access.port }) : []),
    ...serverPorts(environment).flatMap(({ path, publish }) => published(path, publish)),
    ...watchersOf(monitoring).map((noun) => ({
      ...{ path: `monitoring.${noun}`, address: LOOPBACK },
      port: monitoring[noun]?.port ?? 0,
    })),
    ...(ui && isPublished ? published("ui.publish", ui.publish) : []),
  ];
}

function published(path: string, { address, port }: Environment["registry"]["publish"]): Published[] {
  return publishedAddresses({ address }).map((one) => ({ path, address: one, port }));
}

/** A finding about a port; where the port is a default, the section that it is in is pointed at. */
export function portFinding({ path, port }: Published, rule: string): Finding {
  return { ...finding(`${path}.port`, rule, String(port), "choose another port"), near: [path.split(".")] };
}

/** Whether Docker could publish only one of two ports. */
export function collide(a: Published, b: Published): boolean {
  return a.port === b.port && addressesOverlap(a.address, b.address);
}
