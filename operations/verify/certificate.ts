import { lookup } from "node:dns/promises";
import { isIPv6 } from "node:net";
import { checkTls, type TlsSubject } from "../tls/check";
import { type Check, type Checks, passed, warning } from "./check";

/** Host and port of a URL, the port written out. */
export function endpointOf(url: string): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || (protocol === "https:" ? 443 : 80)) };
}

/** A real handshake with the name that clients use. @returns whether a password may be sent over such a connection */
export function checkCertificate(
  checks: Checks,
  url: string,
  authorities: readonly string[],
  subject: TlsSubject,
): Promise<boolean> {
  const { host, port } = endpointOf(url);
  return checks.run("certificate", `the certificate is valid for ${host}`, async (): Promise<Outcome> => {
    const { status, message, remedy, logLine, causes } = await checkTls({ host, port, ca: authorities }, subject);
    const more = causes.map(({ cause, tell }) => `${cause}: ${tell}`);
    return {
      status,
      detail: logLine ? `${message}; the registry says: ${logLine}` : message,
      remedy: [remedy, ...more].filter(Boolean).join("\n    → ") || undefined,
    };
  });
}

type Outcome = Pick<Check, "status" | "detail" | "remedy">;

/** Where a name should lead. */
export interface NameExpectations {
  /** Name or address of the machine where the registry runs. @default - this one, or one that nothing is known of */
  readonly dockerHost?: string;
  /** Addresses that the registry is published on. @default - nothing is known of them, as behind a proxy */
  readonly published?: readonly string[];
}

/** The name leads to the machine where the registry runs, by a family of addresses that is published. */
export function checkName(checks: Checks, url: string, expected: NameExpectations = {}): Promise<boolean> {
  const { host } = endpointOf(url);
  const { dockerHost, published } = expected;
  const title = published ? `${host} leads to the Docker host` : `${host} has an address`;
  return checks.run("name", title, async () => {
    const addresses = await resolve(host);
    const families = published?.map(familyOf);
    // Clients try the next address of a name when one refuses; of another family there is none.
    if (families && !addresses.some((address) => families.includes(familyOf(address)))) {
      return warning(
        `${host} resolves to ${addresses.join(", ")}, but the registry is published only on ${published?.join(", ")} (${families[0]}), and ${host} has no ${families[0]} address`,
        "registry.publish.address: all publishes both families (Docker Engine 25 and newer)",
      );
    }
    if (!dockerHost) return passed(addresses.join(", "));
    // A machine behind a jump host has a name that only that one resolves.
    const there = await resolve(dockerHost).catch(() => undefined);
    if (!there)
      return passed(`${addresses.join(", ")}; ${dockerHost} does not resolve here, so they were not compared`);
    if (addresses.some((address) => there.includes(address))) return passed(addresses.join(", "));
    return warning(
      `${addresses.join(", ")}, while ${dockerHost} is ${there.join(", ")}`,
      "fine behind a load balancer or NAT; else correct the DNS record",
    );
  });
}

const familyOf = (address: string) => (isIPv6(address) ? "IPv6" : "IPv4");

async function resolve(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}
