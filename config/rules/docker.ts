import { networkRules } from "../../constructs/rules/networks";
import { isLoopback } from "../../constructs/values/ip";
import { publishedAddresses } from "../../constructs/values/publish";
import type { DockerSettings } from "../schema";
import { serverPorts } from "../storage-section";
import { type Rule, unless } from "./rule";
import { shared } from "./shared";

/** What no rule finds fault with, for an environment that does not run on a Docker host. */
const NO_DOCKER: DockerSettings = { host: "", olderThan25: false };

/** Rules about Docker's address and its networks. */
export const dockerRules: readonly Rule[] = [
  {
    id: "docker-tls-directory-needs-tcp",
    reads: ["docker"],
    check: ({ docker: { host, tlsDirectory } = NO_DOCKER }) =>
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
    check: ({ docker: { host, tlsDirectory } = NO_DOCKER }) =>
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
    check: ({ docker: { host, sshOptions } = NO_DOCKER }) =>
      unless(
        sshOptions === undefined || host.startsWith("ssh://"),
        "docker.sshOptions",
        "is for ssh:// hosts only",
        `docker.host ${host}`,
        "remove it, or set docker.host to ssh://USER@HOST",
      ),
  },
  {
    id: "old-engine-one-address",
    reads: ["docker.olderThan25", "registry.publish", "storage.rustfs.console", "storage.rustfs.s3Publish"],
    check: ({ docker: { olderThan25 } = NO_DOCKER, registry: { publish }, storage }) =>
      [{ path: "registry.publish", publish }, ...serverPorts({ storage })].flatMap(({ path, publish: port }) =>
        unless(
          !olderThan25 || publishedAddresses(port).length === 1,
          `${path}.address`,
          "must be one address with docker.olderThan25: such an engine reports several in reverse, and every plan would replace the container",
          publishedAddresses(port).join(", "),
          "write one of them, or use Docker 25 or later",
        ),
      ),
  },
  ...networkRules.map((rule) => shared(rule, "networks", ({ networks }) => networks)),
];

/** Whether a tcp:// address is this machine's own. */
function isLoopbackUrl(host: string): boolean {
  const name = host
    .replace(/^tcp:\/\//, "")
    .replace(/:\d+$/, "")
    .replace(/[[\]]/g, "");
  return name === "localhost" || (/^[\d.]+$|:/.test(name) && isLoopback(name));
}
