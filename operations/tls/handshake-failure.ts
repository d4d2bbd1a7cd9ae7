import { isIP } from "node:net";
import { command } from "../command";
import type { Handshake, TlsFailureKind, TlsProbe } from "./probe";
import type { TlsSituation, TlsVerdict } from "./verdict";

/** Something that may be wrong, and how a person tells whether it is. */
export interface Cause {
  readonly cause: string;
  readonly tell: string;
}

type Explanation = Pick<TlsVerdict, "message" | "remedy"> & { readonly causes?: readonly Cause[] };

/** What explanations are made of. */
interface Failed extends Pick<TlsSituation, "tls" | "environment"> {
  readonly host: string;
  readonly port: number;
  /** Where it was tried. */
  readonly place: string;
  /** What the library says. */
  readonly raw: string;
}

/** What a handshake that failed means, when nothing else is known. */
export function judgeFailure({ target, handshake, failure }: TlsProbe, situation: TlsSituation): TlsVerdict {
  const { kind, raw } = failure ?? { kind: "other", raw: "no handshake" };
  const { host, port, address = host } = target;
  const failed = { ...situation, host, port, raw, place: `${isIP(address) === 6 ? `[${address}]` : address}:${port}` };
  const explain = CONNECTIONS[kind];
  const explainCertificate = handshake && CERTIFICATES[kind];
  const explanation = explain?.(failed) ?? explainCertificate?.(failed, handshake as Handshake);
  return { status: "failed", causes: [], ...(explanation ?? { message: `no TLS handshake: ${raw}` }) };
}

/** Before a certificate was seen. */
const CONNECTIONS: Partial<Record<TlsFailureKind, (failed: Failed) => Explanation>> = {
  "no-address": ({ host, raw }) => ({
    message: `${host} has no address (${raw})`,
    remedy: "make a DNS record of it that leads to the registry",
  }),
  refused: ({ place, environment }) => ({
    message: `nobody listens at ${place}`,
    remedy: `is the registry up (${command("status", environment)}), and is this its address?`,
  }),
  unreachable: ({ place, host, port }) => ({
    message: `${place} does not answer`,
    remedy: "a firewall between here and there drops it, or DNS leads elsewhere",
    causes: [
      { cause: "DNS leads elsewhere", tell: `\`dig +short ${host}\` must show the registry's address` },
      {
        cause: `a firewall drops port ${port}`,
        tell: `\`openssl s_client -connect 127.0.0.1:${port} -servername ${host}\` works on the machine that publishes it`,
      },
    ],
  }),
  "plain-http": ({ place, tls, environment }) => ({
    message: `${place} answers, but not with TLS`,
    remedy:
      tls.endedBy === "proxy"
        ? "the proxy must end TLS at this port"
        : `is something else published there, or was the environment changed and not applied? ${command("plan", environment)}`,
  }),
  "no-certificate": ({ place, host, raw, tls, environment }) =>
    tls.acme
      ? {
          message: `the registry answers, and has no certificate for ${host}`,
          remedy: `${logs(environment)} names the cause`,
          causes: challengeCauses(host),
        }
      : {
          message: `what answers at ${place} has no certificate for ${host} (${raw})`,
          remedy: "the name must be the certificate's",
        },
  "no-answer": ({ place, raw, tls, environment }) => ({
    message: `the handshake at ${place} did not end in time (${raw})`,
    remedy: tls.acme
      ? `the registry ends an attempt after 5 minutes, and then names the cause: ${logs(environment)}`
      : logs(environment),
  }),
  closed: ({ place }) => ({
    message: `${place} closes the connection in the handshake`,
    remedy: "a proxy or a firewall between that inspects TLS does so",
  }),
  "nothing-in-common": ({ place, raw }) => ({
    message: `no TLS version or cipher suite in common with ${place} (${raw})`,
    remedy: "loosen registry.tls.minimumVersion or cipherSuites",
  }),
};

/** Of a certificate that was seen. */
const CERTIFICATES: Partial<Record<TlsFailureKind, (failed: Failed, handshake: Handshake) => Explanation>> = {
  "wrong-name": ({ host, tls }, { names, issuer }) => ({
    message: `the certificate is for ${names.join(", ") || "no name at all"}, not for ${host}; it is by ${issuer}`,
    remedy:
      tls.endedBy === "registry" && !tls.acme ? `it must name ${host}` : "it is not the registry that answers there",
    causes: tls.acme ? challengeCauses(host).slice(0, 3) : [],
  }),
  expired: ({ tls, environment }, { notAfter }) => ({
    message: `the certificate ended on ${notAfter.toISOString().slice(0, 10)}`,
    remedy: renewal(tls, environment),
  }),
  "not-yet-valid": (_, { chain }) => ({
    message: `the certificate begins on ${chain[0]?.notBefore.toISOString()}, which is in the future`,
    remedy: "set the clock of this machine, or of who issued it",
  }),
  untrusted: ({ host, raw, tls, environment }, { issuer, chain }) => {
    if (/UNABLE_TO_VERIFY_LEAF|UNABLE_TO_GET_ISSUER/.test(raw) && tls.files && chain.length === 1)
      return {
        message: `clients cannot verify it: only the certificate itself is sent, without that of ${issuer}`,
        remedy: `append the intermediate certificates to registry.tls.certificateFile; ${privateCa(environment, "--ca", "FILE")}`,
      };
    const message = `clients do not trust it: it is by ${issuer} (${raw})`;
    const isPublic = tls.acme?.service === "public";
    if (!isPublic)
      return { message, remedy: privateCa(environment, ...(tls.endedBy === "proxy" ? ["--ca", "FILE"] : [])) };
    const remedy = "something between ends TLS with a certificate of its own";
    return { message, remedy, causes: challengeCauses(host).slice(2, 3) };
  },
};

const logs = (environment: string) => command("logs", environment, "registry");

/** What to do about a certificate that should have been renewed. */
export function renewal({ files, renewedBy }: TlsSituation["tls"], environment: string): string {
  if (files) return `renew the files, then: ${command("up", environment)}`;
  return renewedBy ? `${renewedBy} should have renewed it` : `${logs(environment)} says why renewing fails`;
}

/** `verify` trusts what Docker on its machine was told to trust. */
function privateCa(environment: string, ...args: string[]): string {
  return `for a private CA: ${command("trust", environment, ...args)} makes what every client needs, this machine, too: sudo trust/${environment}/install.sh`;
}

/** What keeps an ACME server from finding the registry; the registry's log never says which. */
export function challengeCauses(host: string): readonly Cause[] {
  return [
    {
      cause: `DNS leads elsewhere, for IPv4 or only for IPv6`,
      tell: `\`dig +short A ${host}; dig +short AAAA ${host}\` must show public addresses of the Docker host and no other; one wrong AAAA is enough`,
    },
    {
      cause: "port 443 is closed on the way from the Internet",
      tell: `\`nc -vz ${host} 443\` from a machine outside your network; look at the cloud's firewall and the router`,
    },
    {
      cause: "something ends TLS before the registry: a CDN, a load balancer, a proxy",
      tell: `\`openssl s_client -connect ${host}:443 -servername ${host} -alpn acme-tls/1\` shows a certificate, and it is not the registry's: pass TCP through, or use tls.mode behind-proxy`,
    },
    {
      cause: "a CAA record forbids this CA",
      tell: `\`dig +short CAA ${host}\`, and the same for every domain above it`,
    },
  ];
}
