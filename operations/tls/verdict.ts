import { isIP } from "node:net";
import { command } from "../command";
import type { DirectoryFailure } from "./acme-directory";
import { type AcmeFailure, findAcmeFailure } from "./acme-log";
import type { Handshake, TlsFailure, TlsFailureKind, TlsProbe } from "./probe";

/** What is known about the registry that was probed. */
export interface TlsSituation {
  readonly mode: "none" | "lets-encrypt" | "certificate" | "behind-proxy";
  /** `registry.tls.directoryUrl`; `staging` for Let's Encrypt's test service. @default - Let's Encrypt */
  readonly directoryUrl?: string;
  /** The registry's standard error, whole or its end. @default - not at hand: the causes are general */
  readonly log?: string;
  /** What the ACME server's directory shows, when something is wrong with it. @default - nothing is, or nobody asked */
  readonly directory?: DirectoryFailure;
  /** Name of the environment, for the commands in remedies. */
  readonly environment: string;
}

/** Something that may be wrong, and how a person tells whether it is. */
export interface Cause {
  readonly cause: string;
  readonly tell: string;
}

/** What a handshake means for the operator. */
export interface TlsVerdict {
  readonly status: "passed" | "warning" | "failed";
  /** One line. */
  readonly message: string;
  /** What to do. */
  readonly remedy?: string;
  /** The registry's own line. */
  readonly logLine?: string;
  /** Likeliest first. */
  readonly causes: readonly Cause[];
}

/** Says what came of a handshake: valid for how long, or what failed, why most likely, and how to find out. */
export function judgeTls(probe: TlsProbe, situation: TlsSituation): TlsVerdict {
  const { handshake, failure } = probe;
  if (!failure) return handshake ? judgeValidity(handshake, situation) : unexplained("no handshake");
  if (isTestCertificate(handshake, situation)) {
    return {
      status: "warning",
      message: `${describeHandshake(handshake as Handshake)}: from Let's Encrypt's test service, which no client trusts`,
      remedy: "issuance works: remove registry.tls.directoryUrl, then plan and apply",
      causes: [],
    };
  }
  const acme = situation.mode === "lets-encrypt" && !handshake ? findAcmeFailure(situation.log ?? "") : undefined;
  if (!ASKED.has(failure.kind)) return judgeFailure(failure, probe, situation);
  if (situation.directory && !handshake && (!acme || VAGUE.has(acme.id)))
    return { status: "failed", ...judged(situation.directory), logLine: acme?.line, causes: [] };
  return acme ? judgeAcme(acme, probe, situation) : judgeFailure(failure, probe, situation);
}

/** Kinds of failure in which the registry itself answered, so that its log has the cause. */
const ASKED = new Set<TlsFailureKind>(["no-certificate", "no-answer", "closed", "other"]);

/** What the registry's log says less about than the directory itself: for how long, and whether it is still so. */
const VAGUE = new Set(["rate-limited", "server-error", "directory-unreachable", "retry-later", "unknown"]);

const judged = ({ message, remedy }: DirectoryFailure) => ({ message, remedy });

/** `by R11 (Let's Encrypt), until 2027-02-22, 89 days left, TLSv1.3, 1.0 s` */
export function describeHandshake({ issuer, notAfter, daysLeft, protocol, milliseconds }: Handshake): string {
  const left = daysLeft === 1 ? "1 day left" : `${daysLeft} days left`;
  return `by ${issuer}, until ${notAfter.toISOString().slice(0, 10)}, ${left}, ${protocol}, ${(milliseconds / 1000).toFixed(1)} s`;
}

function judgeValidity(handshake: Handshake, { mode, environment }: TlsSituation): TlsVerdict {
  const [leaf] = handshake.chain;
  const lifetime = leaf ? (leaf.notAfter.getTime() - leaf.notBefore.getTime()) / 86_400_000 : 90;
  // Distribution 3.1 renews when a third is left, at most 30 days; later than that, renewing fails.
  const due = Math.min(30, lifetime / 3) * (mode === "lets-encrypt" ? 0.8 : 1);
  const message = describeHandshake(handshake);
  if (handshake.daysLeft >= due) return { status: "passed", message, causes: [] };
  if (mode !== "lets-encrypt") {
    const remedy =
      mode === "certificate"
        ? `renew the files, then: ${command("up", environment)}`
        : "the proxy should have renewed it";
    return { status: "warning", message, remedy, causes: [] };
  }
  return {
    status: "warning",
    message: `${message}: it should have been renewed`,
    remedy: `${command("logs", environment, "registry")} says why renewing fails`,
    causes: [],
  };
}

function isTestCertificate(handshake: Handshake | undefined, { mode, directoryUrl }: TlsSituation): boolean {
  return mode === "lets-encrypt" && directoryUrl === "staging" && /STAGING|Fake LE/i.test(handshake?.issuer ?? "");
}

function judgeAcme(acme: AcmeFailure, { target }: TlsProbe, { directoryUrl }: TlsSituation): TlsVerdict {
  const isPublic = !directoryUrl || directoryUrl === "staging";
  return {
    status: "failed",
    message: acme.message,
    remedy:
      acme.isChallenge && isPublic
        ? `${acme.remedy} (a browser shows it), and https://letsdebug.net looks from outside too`
        : acme.remedy,
    logLine: acme.line,
    causes: acme.isChallenge ? challengeCauses(target.host) : [],
  };
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

function judgeFailure({ kind, raw }: TlsFailure, probe: TlsProbe, situation: TlsSituation): TlsVerdict {
  const { host, port, address = host } = probe.target;
  const { mode, environment } = situation;
  const logs = command("logs", environment, "registry");
  const place = `${isIP(address) === 6 ? `[${address}]` : address}:${port}`;
  const fail = (message: string, remedy?: string, causes: readonly Cause[] = []): TlsVerdict => ({
    status: "failed",
    message,
    remedy,
    causes,
  });
  switch (kind) {
    case "no-address":
      return fail(`${host} has no address (${raw})`, "make a DNS record of it that leads to the Docker host", []);
    case "refused":
      return fail(
        `nobody listens at ${place}`,
        `is the registry up (${command("status", environment)}), and is this the Docker host's address?`,
      );
    case "unreachable":
      return fail(`${place} does not answer`, "a firewall between here and there drops it, or DNS leads elsewhere", [
        { cause: "DNS leads elsewhere", tell: `\`dig +short ${host}\` must show the Docker host's address` },
        {
          cause: `a firewall drops port ${port}`,
          tell: `on the Docker host, \`openssl s_client -connect 127.0.0.1:${port} -servername ${host}\` works`,
        },
      ]);
    case "plain-http":
      return fail(
        `${place} answers, but not with TLS`,
        mode === "behind-proxy"
          ? "the proxy must end TLS at this port"
          : `is something else published there, or was the environment changed and not applied? ${command("plan", environment)}`,
      );
    case "no-certificate":
      return mode === "lets-encrypt"
        ? fail(
            `the registry answers, and has no certificate for ${host}`,
            `${logs} names the cause`,
            challengeCauses(host),
          )
        : fail(
            `what answers at ${place} has no certificate for ${host} (${raw})`,
            "the name must be the certificate's",
          );
    case "no-answer":
      return fail(
        `the handshake at ${place} did not end in time (${raw})`,
        mode === "lets-encrypt"
          ? `the registry ends an attempt after 5 minutes, and then names the cause: ${logs}`
          : logs,
      );
    case "closed":
      return fail(
        `${place} closes the connection in the handshake`,
        "a proxy or a firewall between that inspects TLS does so",
        [],
      );
    case "nothing-in-common":
      return fail(
        `no TLS version or cipher suite in common with ${place} (${raw})`,
        "loosen registry.tls.minimumVersion or cipherSuites",
      );
    default:
      return judgeCertificate({ kind, raw }, probe, situation, fail);
  }
}

type Fail = (message: string, remedy?: string, causes?: readonly Cause[]) => TlsVerdict;

function judgeCertificate({ kind, raw }: TlsFailure, probe: TlsProbe, situation: TlsSituation, fail: Fail): TlsVerdict {
  const { handshake, target } = probe;
  const { mode, environment, directoryUrl } = situation;
  if (!handshake) return unexplained(raw);
  const { names, issuer, notAfter, chain } = handshake;
  switch (kind) {
    case "wrong-name":
      return fail(
        `the certificate is for ${names.join(", ") || "no name at all"}, not for ${target.host}; it is by ${issuer}`,
        mode === "certificate" ? `it must name ${target.host}` : "it is not the registry that answers there",
        mode === "lets-encrypt" ? challengeCauses(target.host).slice(0, 3) : [],
      );
    case "expired":
      return fail(
        `the certificate ended on ${notAfter.toISOString().slice(0, 10)}`,
        mode === "certificate"
          ? `renew the files, then: ${command("up", environment)}`
          : `${command("logs", environment, "registry")} says why renewing fails`,
      );
    case "not-yet-valid":
      return fail(
        `the certificate begins on ${chain[0]?.notBefore.toISOString()}, which is in the future`,
        "set the clock of this machine, or of who issued it",
      );
    case "untrusted":
      if (/UNABLE_TO_VERIFY_LEAF|UNABLE_TO_GET_ISSUER/.test(raw) && mode === "certificate" && chain.length === 1) {
        return fail(
          `clients cannot verify it: only the certificate itself is sent, without that of ${issuer}`,
          `append the intermediate certificates to registry.tls.certificateFile; ${privateCa(environment, "--ca", "FILE")}`,
        );
      }
      return fail(
        `clients do not trust it: it is by ${issuer} (${raw})`,
        mode === "certificate" || directoryUrl
          ? privateCa(environment)
          : "something between ends TLS with a certificate of its own",
        mode === "lets-encrypt" && !directoryUrl ? challengeCauses(target.host).slice(2, 3) : [],
      );
    default:
      return unexplained(raw);
  }
}

/** `verify` trusts what Docker on its machine was told to trust. */
function privateCa(environment: string, ...args: string[]): string {
  return `for a private CA: ${command("trust", environment, ...args)} makes what every client needs, this machine, too: sudo trust/${environment}/install.sh`;
}

function unexplained(raw: string): TlsVerdict {
  return { status: "failed", message: `no TLS handshake: ${raw}`, causes: [] };
}
