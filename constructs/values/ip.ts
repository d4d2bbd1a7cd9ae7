import { BlockList, isIPv4, isIPv6, SocketAddress } from "node:net";

/** Whether only the host itself reaches an address: 127.0.0.0/8 or ::1. */
export function isLoopback(address: string): boolean {
  return blockList([["127.0.0.0", 8]], [["::1", 128]]).check(address, family(address));
}

/** Whether an address belongs to a local network: loopback, private, carrier-grade NAT or link-local. */
export function isPrivate(address: string): boolean {
  if (isLoopback(address)) return true;
  const ranges = blockList(
    [
      ["10.0.0.0", 8],
      ["172.16.0.0", 12],
      ["192.168.0.0", 16],
      ["100.64.0.0", 10],
      ["169.254.0.0", 16],
    ],
    [
      ["fc00::", 7],
      ["fe80::", 10],
    ],
  );
  return ranges.check(address, family(address));
}

/**
 * Whether one port cannot be bound on both addresses: 0.0.0.0 takes all of IPv4, :: all of IPv6. Docker binds :: without IPv4,
 * as seen on 20.10 and 29.
 */
export function addressesOverlap(a: string, b: string): boolean {
  const [one, other] = [normalise(a), normalise(b)];
  const all = isIPv4(one) ? "0.0.0.0" : "::";
  return isIPv4(one) === isIPv4(other) && (one === other || one === all || other === all);
}

/** An IPv4 network. */
interface Network {
  readonly first: number;
  readonly size: number;
}

/** Reads `172.30.0.0/24`; undefined unless it is /8–/29 and begins with its first address. */
function parseNetwork(cidr: string): Network | undefined {
  const [address = "", prefix = "", ...rest] = cidr.split("/");
  if (!isIPv4(address) || !/^(?:[89]|[12]\d)$/.test(prefix) || rest.length > 0) return undefined;
  const size = 2 ** (32 - Number(prefix));
  const first = toNumber(address);
  return first % size === 0 ? { first, size } : undefined;
}

/** Whether Docker takes a text as the range of a network. */
export function isNetwork(cidr: string): boolean {
  return parseNetwork(cidr) !== undefined;
}

/** Whether two IPv4 networks have an address in common. */
export function networksOverlap(a: string, b: string): boolean {
  const [one, other] = [parseNetwork(a), parseNetwork(b)];
  if (!one || !other) return false;
  return one.first < other.first + other.size && other.first < one.first + one.size;
}

/** Whether a host may have an address in a network: inside it, and neither its first nor its last. */
export function isHostAddress(cidr: string, address: string): boolean {
  const network = parseNetwork(cidr);
  if (!network || !isIPv4(address)) return false;
  const offset = toNumber(address) - network.first;
  return offset > 0 && offset < network.size - 1;
}

function toNumber(address: string): number {
  return address.split(".").reduce((number, part) => number * 256 + Number(part), 0);
}

/** One spelling per address: `0:0::1` and `::1` are the same. */
function normalise(address: string): string {
  return isIPv6(address) ? new SocketAddress({ address, family: "ipv6" }).address : address;
}

function family(address: string): "ipv4" | "ipv6" {
  return isIPv4(address) ? "ipv4" : "ipv6";
}

function blockList(v4: readonly [string, number][], v6: readonly [string, number][]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of v4) list.addSubnet(network, prefix, "ipv4");
  for (const [network, prefix] of v6) list.addSubnet(network, prefix, "ipv6");
  return list;
}
