import type { DockerSettings, Environment } from "../../config";
import { inUrl } from "../../constructs/values/addresses";
import { isLoopback } from "../../constructs/values/ip";
import { isEveryAddress, publishedAddresses } from "../../constructs/values/publish";
import { pageUrl, registryTls } from "../../stacks";
import { quote } from "../command";
import { dockerSettings } from "../docker/settings";
import { sshArguments } from "../docker/ssh-host";

/** How the page to browse is reached from here. */
export interface PageReach {
  /** @default - from here it is not */
  readonly url?: string;
  /** The URL is not the one that the certificate is for: it proves nothing about that. */
  readonly insecure?: boolean;
  /** Why it is not reached. */
  readonly why?: string;
}

/**
 * At the URL that people use, unless that leads somewhere else: to a proxy, or past a page on the Docker host's loopback.
 * @param machine the Docker host, when that is another machine
 * @returns nothing when there is no page
 */
export function pageReach(environment: Environment, machine: string | undefined): PageReach | undefined {
  const { ui, registry } = environment;
  if (!ui) return undefined;
  const tls = registryTls({ registry });
  if (tls.network !== undefined) return { why: `only the proxy reaches it, on the network ${tls.network}` };
  const addresses = publishedAddresses(ui.publish);
  const { port } = ui.publish;
  const isHidden = addresses.every(isLoopback);
  if (isHidden && machine)
    return {
      why: `on ${machine}'s own loopback: ${forward(dockerSettings(environment), port, machine)} brings it here`,
    };
  const url = pageUrl(environment);
  if (url && (!isHidden || registry.host === "localhost" || isLoopback(registry.host))) return { url };
  const [address = "127.0.0.1"] = addresses;
  const at = isEveryAddress(address) ? (machine ?? "127.0.0.1") : address;
  const { scheme } = tls.endedBy === "proxy" ? { scheme: "http" } : tls.reach(registry);
  return { url: `${scheme}://${inUrl(at)}:${port}`, insecure: scheme === "https" };
}

/** A command that makes a port of the Docker host's loopback one of this machine's: as the engine is reached, where that is by ssh. */
function forward({ host, sshOptions }: DockerSettings, port: number, machine: string): string {
  const { options, name } = host.startsWith("ssh://") ? sshArguments(host, sshOptions) : { options: [], name: machine };
  return ["ssh", ...options, "-L", `${port}:127.0.0.1:${port}`, name].map(quote).join(" ");
}
