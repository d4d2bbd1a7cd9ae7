import { code } from "../../brief";
import { causeOf } from "../../cause";
import type { Rule } from "../../rule";
import { destroyedVolumes } from "../../world/loss";

export const certificateCacheLost: Rule = {
  id: "certificate-cache-lost",
  category: "data",
  severity: "warning",
  what: "The certificates and the account at the certificate authority are deleted",
  why: "The first client after the apply waits for a new certificate. Let's Encrypt issues the same names five times a week; after that, TLS fails for days.",
  fix: "Keep the volume's name and address. If it must go, do it once, not in a series of tries.",
  fact: "Distribution keeps account, keys and certificates in `http.tls.letsencrypt.cachefile` and asks for a new one at the first handshake.",
  consequence: (transition) =>
    destroyedVolumes(transition, "delete", "replace")
      .filter(([volume]) => volume.contents === "certificates")
      .map(([volume, change]) => ({
        address: change.address,
        message: `The certificate cache ${code(volume.name ?? "")} is deleted: a new certificate is requested at the next connection.`,
        cause: causeOf(change, transition.plan),
      })),
};
