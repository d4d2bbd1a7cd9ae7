import { isIP } from "node:net";
import { isPrivate } from "../values/ip";

const PROXY = /^(?:https?|all)_proxy$/i;
const NO_PROXY = /^no_proxy$/i;

/** What a container always reaches itself. Go's library reads names with all that is below them, addresses and ranges. */
const LOOPBACK = ["localhost", "127.0.0.0/8", "::1"];

/**
 * The variables of a container, its `NO_PROXY` completed where a proxy is set: what runs beside it is not reached through one.
 * @param direct names, addresses and ranges that are reached directly, besides loopback and what the caller names
 */
export function withoutProxyFor(
  variables: Readonly<Record<string, string>>,
  direct: readonly string[],
): Record<string, string> {
  const names = Object.keys(variables);
  if (!names.some((name) => PROXY.test(name) && variables[name])) return { ...variables };
  const given = names.filter((name) => NO_PROXY.test(name)).flatMap((name) => (variables[name] ?? "").split(","));
  const all = [...new Set([...given.map((one) => one.trim()).filter(Boolean), ...LOOPBACK, ...direct])].join(",");
  const others = Object.entries(variables).filter(([name]) => !NO_PROXY.test(name));
  // Programs differ in which of the two they read first.
  return { ...Object.fromEntries(others), NO_PROXY: all, no_proxy: all };
}

/** The host of a URL if it is one of a private network, which a proxy to the outside does not reach. */
export function privateHost(url: string | undefined): string[] {
  if (!url) return [];
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  if (isIP(host)) return isPrivate(host) ? [host] : [];
  return !host.includes(".") || /\.(?:internal|local|lan|home\.arpa|test|localhost|intra|corp)$/.test(host)
    ? [host]
    : [];
}
