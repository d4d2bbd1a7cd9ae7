import { isIPv6, SocketAddress } from "node:net";
import { ADDRESS } from "./addresses";
import { LOOPBACK } from "./defaults";
import { textOf } from "./value";

/** Where a port is reachable on the Docker host: one address, several, or `all` of both families. */
export type PublishAddress = string | readonly string[];

/** Stands for every IPv4 and every IPv6 address. */
const ALL = "all";
const EVERY_IPV4 = "0.0.0.0";
const EVERY_IPV6 = "::";

/** One address to publish on, or `all`. */
export const PUBLISH_ADDRESS = textOf(
  "must be an IPv4 or IPv6 address, a list of them, or all",
  "write 127.0.0.1 for this machine only, 0.0.0.0 for all IPv4 networks, or all for IPv6 too",
  /^[\d.]+$|:|^all$/,
  (value) => value === ALL || ADDRESS.accepts(value),
);

/** The addresses of the Docker host that a port is published on. */
export function publishedAddresses({ address = LOOPBACK }: { readonly address?: PublishAddress }): readonly string[] {
  if (address === ALL) return [EVERY_IPV4, EVERY_IPV6];
  return typeof address === "string" ? [address] : address;
}

/** Whether an address stands for every one of its family. */
export function isEveryAddress(address: string): boolean {
  if (!isIPv6(address)) return address === EVERY_IPV4;
  return new SocketAddress({ address, family: "ipv6" }).address === EVERY_IPV6;
}

/** What addresses reach, for a person; nothing when it is those that are written. */
export function reach(addresses: readonly string[]): string | undefined {
  const families = addresses.filter(isEveryAddress).map((address) => (address.includes(":") ? "IPv6" : "IPv4"));
  if (families.length === 0) return undefined;
  return families.length > 1 ? "every address of the host" : `every ${families[0]} address of the host`;
}
