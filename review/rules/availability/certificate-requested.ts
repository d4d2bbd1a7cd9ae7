import { code } from "../../brief";
import type { Rule } from "../../rule";
import { registrySettings } from "../../world/registries";
import type { Settings } from "../../world/settings";

export const certificateRequested: Rule = {
  id: "certificate-requested",
  category: "availability",
  severity: "info",
  what: "The registry asks a certificate authority for a new certificate",
  why: "Let's Encrypt issues the same names five times a week. Until the certificate is there, TLS fails.",
  fix: "Check that the names resolve to this host and that the authority reaches it.",
  fact: "Distribution asks at the first TLS handshake for a name of `http.tls.letsencrypt.hosts` that is not in its cache.",
  consequence: (transition) =>
    registrySettings(transition).flatMap(({ change, before, after }) => {
      const isMoved = before.values.get(CACHE) !== after.values.get(CACHE);
      const known = isMoved ? [] : hostsOf(before);
      const fresh = hostsOf(after).filter((host) => !known.includes(host));
      if (fresh.length === 0) return [];
      const why = isMoved && hostsOf(before).length > 0 ? ", from another certificate authority than before" : "";
      return {
        address: change.address,
        message: `A certificate for ${fresh.map(code).join(", ")} is requested at the first connection${why}.`,
      };
    }),
};

const CACHE = "http.tls.letsencrypt.cachefile";

function hostsOf({ values }: Settings): string[] {
  return [...values].filter(([key]) => /^http\.tls\.letsencrypt\.hosts\.\d+$/.test(key)).map(([, host]) => host);
}
