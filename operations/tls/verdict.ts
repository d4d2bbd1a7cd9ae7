import type { Tls } from "../../constructs";
import type { DirectoryFailure } from "./acme-directory";
import { type AcmeFailure, findAcmeFailure } from "./acme-log";
import { type Cause, challengeCauses, judgeFailure, renewal } from "./handshake-failure";
import type { Handshake, TlsFailureKind, TlsProbe } from "./probe";

/** What is known about the registry that was probed. */
export interface TlsSituation {
  /** How TLS is meant to be. */
  readonly tls: Pick<Tls, "endedBy" | "acme" | "files" | "renewedBy">;
  /** The registry's standard error, whole or its end. @default - not at hand: the causes are general */
  readonly log?: string;
  /** What the ACME server's directory shows, when something is wrong with it. @default - nothing is, or nobody asked */
  readonly directory?: DirectoryFailure;
  /** Name of the environment, for the commands in remedies. */
  readonly environment: string;
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
  if (!failure && handshake) return judgeValidity(handshake, situation);
  if (handshake && isTestCertificate(handshake, situation)) {
    return {
      status: "warning",
      message: `${describeHandshake(handshake)}: from Let's Encrypt's test service, which no client trusts`,
      remedy: "issuance works: remove registry.tls.directoryUrl, then plan and apply",
      causes: [],
    };
  }
  const { tls, log = "", directory } = situation;
  if (handshake || !failure || !ASKED.has(failure.kind)) return judgeFailure(probe, situation);
  const acme = tls.acme && findAcmeFailure(log);
  if (directory && (!acme || VAGUE.has(acme.id))) {
    const { message, remedy } = directory;
    return { status: "failed", message, remedy, logLine: acme?.line, causes: [] };
  }
  return acme ? judgeAcme(acme, probe, situation) : judgeFailure(probe, situation);
}

/** Kinds of failure in which the registry itself answered, so that its log has the cause. */
const ASKED = new Set<TlsFailureKind>(["no-certificate", "no-answer", "closed", "other"]);

/** What the registry's log says less about than the directory itself: for how long, and whether it is still so. */
const VAGUE = new Set(["rate-limited", "server-error", "directory-unreachable", "retry-later", "unknown"]);

/** `by R11 (Let's Encrypt), until 2027-02-22, 89 days left, TLSv1.3, 1.0 s` */
function describeHandshake({ issuer, notAfter, daysLeft, protocol, milliseconds }: Handshake): string {
  const left = daysLeft === 1 ? "1 day left" : `${daysLeft} days left`;
  return `by ${issuer}, until ${notAfter.toISOString().slice(0, 10)}, ${left}, ${protocol}, ${(milliseconds / 1000).toFixed(1)} s`;
}

function judgeValidity(handshake: Handshake, { tls, environment }: TlsSituation): TlsVerdict {
  const [leaf] = handshake.chain;
  const lifetime = leaf ? (leaf.notAfter.getTime() - leaf.notBefore.getTime()) / 86_400_000 : 90;
  // Distribution 3.1 renews when a third is left, at most 30 days; later than that, renewing fails.
  const due = Math.min(30, lifetime / 3) * (tls.acme ? 0.8 : 1);
  const message = describeHandshake(handshake);
  if (handshake.daysLeft >= due) return { status: "passed", message, causes: [] };
  return {
    status: "warning",
    message: tls.acme ? `${message}: it should have been renewed` : message,
    remedy: renewal(tls, environment),
    causes: [],
  };
}

function isTestCertificate({ issuer }: Handshake, { tls }: TlsSituation): boolean {
  return tls.acme?.service === "test" && /STAGING|Fake LE/i.test(issuer);
}

function judgeAcme(acme: AcmeFailure, { target }: TlsProbe, { tls }: TlsSituation): TlsVerdict {
  const seen =
    tls.acme?.service === "private" ? "" : " (a browser shows it), and https://letsdebug.net looks from outside too";
  return {
    status: "failed",
    message: acme.message,
    remedy: acme.isChallenge ? `${acme.remedy}${seen}` : acme.remedy,
    logLine: acme.line,
    causes: acme.isChallenge ? challengeCauses(target.host) : [],
  };
}
