import type { Rule } from "../../rule";
import { registrySettings } from "../../world/registries";
import type { Settings } from "../../world/settings";

export const tlsWeakened: Rule = {
  id: "tls-weakened",
  category: "exposure",
  severity: "warning",
  what: "TLS becomes weaker: an older version is accepted, or a certificate is no longer checked",
  why: "Somebody in between can read or change what passes between clients and registry, or registry and storage.",
  fix: "Keep `http.tls.minimumtls` at `tls1.2` or above; give the registry the storage's CA instead of switching the check off.",
  fact: "Distribution accepts TLS 1.2 and above unless `minimumtls` says otherwise; `skipverify` accepts any certificate.",
  consequence: (transition) =>
    registrySettings(transition).flatMap(({ change, before, after }) => {
      const problem = (message: string) => ({ address: change.address, message });
      const [old, next] = [lowest(before), lowest(after)];
      const unchecked = [...after.values].filter(
        ([key, value]) => /\.(skipverify|insecure)$/.test(key) && value === "true" && before.values.get(key) !== "true",
      );
      return [
        ...(next < old ? [problem(`TLS 1.${next} is accepted from now on, until now 1.${old} and above.`)] : []),
        ...unchecked.map(([key]) => problem(`Certificates are no longer checked (\`${key}\`).`)),
      ];
    }),
};

function lowest({ values }: Settings): number {
  return Number(/^tls1\.(\d)$/.exec(values.get("http.tls.minimumtls") ?? "")?.[1] ?? 2);
}
