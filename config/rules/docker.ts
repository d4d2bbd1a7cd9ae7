import { isHostAddress, isLoopback, networksOverlap } from "../../constructs/values/ip";
import type { Environment } from "../schema";
import { finding, type Rule, unless } from "./rule";

/** Rules about Docker's address and its networks. */
export const dockerRules: readonly Rule[] = [
  {
    id: "docker-tls-directory-needs-tcp",
    reads: ["docker"],
    check: ({ docker: { host, tlsDirectory } }) =>
      unless(
        tlsDirectory === undefined || host.startsWith("tcp://"),
        "docker.tlsDirectory",
        "is for tcp:// hosts only",
        `docker.host ${host}`,
        "remove it: ssh and sockets need no certificates",
      ),
  },
  {
    id: "docker-tcp-needs-tls",
    reads: ["docker"],
    check: ({ docker: { host, tlsDirectory } }) =>
      unless(
        !host.startsWith("tcp://") || tlsDirectory !== undefined || isLoopbackUrl(host),
        "docker.host",
        "must be protected by TLS off loopback: whoever reaches the port owns the host",
        host,
        "set docker.tlsDirectory, or use ssh://USER@HOST",
      ),
  },
  {
    id: "docker-ssh-options-need-ssh",
    reads: ["docker"],
    check: ({ docker: { host, sshOptions } }) =>
      unless(
        sshOptions === undefined || host.startsWith("ssh://"),
        "docker.sshOptions",
        "is for ssh:// hosts only",
        `docker.host ${host}`,
        "remove it, or set docker.host to ssh://USER@HOST",
      ),
  },
  {
    id: "network-gateway-in-subnet",
    reads: ["networks"],
    check: ({ networks }) => (["edge", "storage"] as const).flatMap((noun) => gateway(noun, networks[noun])),
  },
  {
    id: "network-subnets-apart",
    reads: ["networks.edge.subnet", "networks.storage.subnet"],
    check: ({ networks: { edge, storage } }) =>
      unless(
        !edge.subnet || !storage.subnet || !networksOverlap(edge.subnet, storage.subnet),
        "networks.storage.subnet",
        `must not overlap networks.edge.subnet ${edge.subnet}`,
        storage.subnet,
        "choose a range outside of it",
      ),
  },
];

function gateway(noun: string, { subnet, gateway }: Environment["networks"]["edge"]) {
  if (gateway === undefined) return [];
  const path = `networks.${noun}.gateway`;
  if (subnet === undefined) {
    return [finding(path, "needs a subnet", gateway, `set networks.${noun}.subnet, or remove the gateway`)];
  }
  return unless(
    isHostAddress(subnet, gateway),
    path,
    `must be an address of a host in ${subnet}`,
    gateway,
    "choose one inside it that is neither its first nor its last, or remove the key",
  );
}

/** Whether a tcp:// address is this machine's own. */
function isLoopbackUrl(host: string): boolean {
  const name = host
    .replace(/^tcp:\/\//, "")
    .replace(/:\d+$/, "")
    .replace(/[[\]]/g, "");
  return name === "localhost" || (/^[\d.]+$|:/.test(name) && isLoopback(name));
}
