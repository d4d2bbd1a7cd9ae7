import type { ResourceChange } from "../plan/plan-json";

/**
 * What a plan costs in new certificates of an ACME server, one line each: those are limited (Let's Encrypt: five a week for
 * the same names), and between the apply and the first handshake there is none.
 */
export function newIssuances(changes: readonly ResourceChange[]): string[] {
  return changes.flatMap((change) => {
    const { type, change: planned } = change;
    if (type === "docker_volume" && planned.actions.includes("delete")) return ofVolume(change);
    if (type === "terraform_data" && planned.before) return ofConfiguration(change);
    return [];
  });
}

const KEY = "http.tls.letsencrypt.";

function ofVolume({ change: { before } }: ResourceChange): string[] {
  const name = String(before?.name ?? "");
  if (!name.endsWith("-acme")) return [];
  return [`volume ${name} is destroyed: the ACME account and every certificate are lost, and all are asked for anew`];
}

function ofConfiguration({ change: { before, after } }: ResourceChange): string[] {
  const [old, next] = [before, after].map((values) => (values?.triggers_replace ?? {}) as Record<string, string>);
  if (!old || !next || hostsOf(next).length === 0) return [];
  const isMoved = old[`${KEY}cachefile`] !== next[`${KEY}cachefile`];
  const known = isMoved ? [] : hostsOf(old);
  const fresh = hostsOf(next).filter((host) => !known.includes(host));
  if (fresh.length === 0) return [];
  const why = isMoved && hostsOf(old).length > 0 ? ", from another ACME server than before" : "";
  return [`a certificate for ${fresh.join(", ")} is asked for at the first connection${why}`];
}

function hostsOf(settings: Record<string, string>): string[] {
  return Object.entries(settings)
    .filter(([key]) => /^http\.tls\.letsencrypt\.hosts\.\d+$/.test(key))
    .map(([, host]) => host);
}
