import { isHostAddress, networksOverlap } from "../values/ip";
import { type OptionRule, unless } from "./rule";

interface Network {
  readonly subnet?: string;
  readonly gateway?: string;
}

/** What the two networks of a registry have in common. */
export interface NetworkChoices {
  readonly edge?: Network;
  readonly storage?: Network;
}

/** Rules about the two networks. */
export const networkRules: readonly OptionRule<NetworkChoices>[] = [
  {
    id: "network-gateway-in-subnet",
    reads: ["edge", "edge.gateway", "edge.subnet", "storage", "storage.gateway", "storage.subnet"],
    check: (networks) => (["edge", "storage"] as const).flatMap((noun) => gateway(noun, networks[noun])),
  },
  {
    id: "network-subnets-apart",
    reads: ["edge.subnet", "storage.subnet"],
    check: ({ edge, storage }) =>
      unless(
        !edge?.subnet || !storage?.subnet || !networksOverlap(edge.subnet, storage.subnet),
        "storage.subnet",
        `must not overlap edge.subnet ${edge?.subnet}`,
        storage?.subnet,
        "choose a range outside of it",
      ),
  },
];

function gateway(noun: string, { subnet, gateway }: Network = {}) {
  if (gateway === undefined) return [];
  const option = `${noun}.gateway`;
  if (subnet === undefined) {
    return unless(false, option, "needs a subnet", gateway, `set ${noun}.subnet too, or remove the gateway`);
  }
  return unless(
    isHostAddress(subnet, gateway),
    option,
    `must be an address of a host in ${subnet}`,
    gateway,
    "choose one inside it that is neither its first nor its last, or remove the key",
  );
}
