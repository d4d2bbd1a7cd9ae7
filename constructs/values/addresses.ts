import { isIP, isIPv4, isIPv6 } from "node:net";
import { isNetwork } from "./ip";
import { textOf, wholeNumber } from "./value";

// Addresses, names and URLs of hosts, one definition each.

/** A TCP port. */
export const PORT = { ...wholeNumber(1, 65535, "choose a free port of the host, e.g. 443"), rule: "must be 1–65535" };

/** Address of the Docker host to publish on. */
export const ADDRESS = textOf(
  "must be an IPv4 or IPv6 address",
  "write 127.0.0.1 for this machine only, or 0.0.0.0 for all networks",
  /^[\d.]+$|:/,
  (value) => isIP(value) !== 0,
);

/** IPv4 range of a Docker network. */
export const SUBNET = textOf(
  "must be an IPv4 network in CIDR form, /8–/29, that begins with its first address",
  "write e.g. 10.89.0.0/24",
  /^[\d.]+\/\d+$/,
  isNetwork,
);

export const GATEWAY = textOf(
  "must be an IPv4 address",
  "write an address inside subnet, e.g. 10.89.0.1",
  /^[\d.]+$/,
  isIPv4,
);

/** Whether a text is a DNS host name, one label or more. */
function isHostName(value: string): boolean {
  return (
    value.length <= 253 &&
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(value)
  );
}

/** What clients write before the repository's name. */
export const CLIENT_HOST = textOf(
  "must be a host name in lower case, an IPv4 or an IPv6 address, without scheme, port and brackets",
  "write the name that clients use, e.g. registry.example.com; the port belongs to publish.port",
  /^[a-z0-9.:-]+$/,
  (value) => isIP(value) !== 0 || (isHostName(value) && !/^[\d.]+$/.test(value)),
);

/** A DNS name of the kind an ACME server gives a certificate for. */
export const CERTIFIABLE_HOST = textOf(
  "must be a host name with a dot, no IP address and no wildcard",
  "write the full name, e.g. registry.example.com; for an address or a wildcard use tls.mode certificate",
  /^[a-z0-9.-]+$/,
  (value) => isHostName(value) && value.includes(".") && !/\.\d+$/.test(value),
);

/** Last labels that no public DNS has: reserved (RFC 2606, 6761, 6762, 7686, 8375, 9476; ICANN for `internal`), or in use at home. */
const LOCAL_LABELS = [
  ...["alt", "example", "invalid", "localhost", "local", "onion", "test", "internal"],
  ...["corp", "home", "intra", "intranet", "lan", "localdomain", "mail", "private", "arpa"],
];

/** Whether a name can be known in a private network only. */
export function isLocalName(name: string): boolean {
  return LOCAL_LABELS.includes(name.replace(/^.*\./, ""));
}

const AUTHORITY = "(?:[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(?::\\d{1,5})?";

/** An http or https URL. */
export const url = (fix: string) =>
  textOf("must be an http:// or https:// URL", fix, new RegExp(`^https?://${AUTHORITY}(?:[/?]\\S*)?$`), hasFinePort);

/** Scheme, host and port only. */
export function origin(fix: string, schemes: "https?" | "https" = "https?") {
  const names = schemes === "https" ? "https://" : "http:// or https://";
  const pattern = new RegExp(`^${schemes}://${AUTHORITY}/?$`);
  return textOf(`must be ${names}HOST[:PORT] without a path`, fix, pattern, hasFinePort);
}

/** What clients use of a registry behind a proxy. */
export const PROXY_URL = origin("write what clients use, e.g. https://registry.example.com", "https");

/** URL of an S3 server. */
export const S3_ENDPOINT = origin("write e.g. https://s3.example.com");

/** Whether a URL can be parsed: its port and its address in brackets are real ones. */
function hasFinePort(value: string): boolean {
  return URL.canParse(value);
}

/** The ACME server's directory. */
export const ACME_DIRECTORY = textOf(
  "must be staging or an https:// URL",
  "write staging to practise, or the directory of your own ACME server",
  /^(?:staging|https:\/\/[^\s@]+)$/,
  (value) => value === "staging" || URL.canParse(value),
);

/** `host:port` of another server. */
export const HOST_PORT = textOf(
  "must be HOST:PORT",
  "write e.g. redis.example.com:6379",
  /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):\d{1,5}$/,
  (value) => PORT.accepts(Number(value.replace(/^.*:/, ""))),
);

/** A name or address as it stands in a URL, IPv6 in brackets. */
export function inUrl(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}
