import { isIPv4, isIPv6 } from "node:net";
import { Token } from "cdktf";
import type { Problem } from "./errors";

// Each check returns the problem, or undefined when the value is absent, fine, or not known before Terraform runs.

/** A whole number between two bounds, both included. */
export function checkRange(
  option: string,
  value: number | undefined,
  min: number,
  max = Number.POSITIVE_INFINITY,
): Problem | undefined {
  if (value === undefined || Token.isUnresolved(value)) return undefined;
  if (Number.isInteger(value) && value >= min && value <= max) return undefined;
  return {
    option,
    rule: `must be a whole number ${max === Number.POSITIVE_INFINITY ? `≥ ${min}` : `${min}–${max}`}`,
    got: value,
  };
}

/** A TCP port. */
export const checkPort = (option: string, value: number | undefined) => checkRange(option, value, 1, 65535);

/** A name for Docker objects that other names are derived from; 40 characters leave room for `-rustfs-data` and DNS. */
export function checkName(option: string, value: string | undefined): Problem | undefined {
  if (value === undefined || Token.isUnresolved(value) || /^[a-z0-9][a-z0-9-]{0,39}$/.test(value)) return undefined;
  return {
    option,
    rule: "must be 1–40 lower-case letters, digits and hyphens, and start with a letter or digit",
    got: value,
    fix: "choose a name such as `team-registry`",
  };
}

/** An address to publish on: one of the host's own IPv4 or IPv6 addresses. */
export function checkAddress(option: string, value: string | undefined): Problem | undefined {
  if (value === undefined || Token.isUnresolved(value) || isIPv4(value) || isIPv6(value)) return undefined;
  return {
    option,
    rule: "must be an IPv4 or IPv6 address",
    got: value,
    fix: "use 127.0.0.1 for this machine only, 0.0.0.0 for everybody",
  };
}

/** S3's rules for bucket names: 3–63 of a–z, 0–9, dots and hyphens, no address. */
export function checkBucket(option: string, value: string | undefined): Problem | undefined {
  if (value === undefined || Token.isUnresolved(value)) return undefined;
  const wellFormed = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(value) && !value.includes("..") && !isIPv4(value);
  if (wellFormed) return undefined;
  return {
    option,
    rule: "must be 3–63 lower-case letters, digits, dots and hyphens, with a letter or digit at both ends",
    got: value,
  };
}

/** Whether nobody but the host itself reaches an address. */
export function isLoopback(address: string): boolean {
  return address === "::1" || (isIPv4(address) && address.startsWith("127."));
}
