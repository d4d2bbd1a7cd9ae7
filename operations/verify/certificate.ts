import { lookup } from "node:dns/promises";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { connect, type PeerCertificate, rootCertificates } from "node:tls";
import { type Checks, failed, passed, reason, warning } from "./check";

/** What a server presents in a handshake. */
export interface Presented {
  /** Names it is for. */
  readonly names: readonly string[];
  readonly issuer: string;
  readonly notAfter: Date;
  /** Whole days until it ends; negative when it has. */
  readonly daysLeft: number;
  /** Why a client would refuse it. @default - it would not */
  readonly refusal?: string;
}

const DAY_MS = 86_400_000;

/** A real handshake with SNI, as clients make it. @throws when there is no TLS, or nothing answers */
export function presentedCertificate(url: string, ca: readonly string[], now = new Date()): Promise<Presented> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(port || 443),
      servername: isIP(host) ? undefined : host,
      ca: ca as string[],
      rejectUnauthorized: false,
      ALPNProtocols: ["http/1.1"],
      // A first certificate may have to be asked for: the registry does so during the handshake.
      timeout: 60_000,
    });
    socket.once("secureConnect", () => {
      const certificate = socket.getPeerCertificate();
      const refusal = socket.authorized ? undefined : String(socket.authorizationError);
      socket.destroy();
      resolve(describe(certificate, refusal, now));
    });
    socket.once("timeout", () => socket.destroy(new Error("no handshake within 60 s")));
    socket.once("error", reject);
  });
}

function describe(certificate: PeerCertificate, refusal: string | undefined, now: Date): Presented {
  const notAfter = new Date(certificate.valid_to);
  return {
    names: (certificate.subjectaltname ?? "").split(", ").map((name) => name.replace(/^(DNS|IP Address):/, "")),
    issuer: [certificate.issuer?.O ?? certificate.issuer?.CN ?? "?"].flat().join(" "),
    notAfter,
    daysLeft: Math.floor((notAfter.getTime() - now.getTime()) / DAY_MS),
    refusal,
  };
}

/** Whom a client of this address trusts: public CAs, the system's, those that Docker is told of, and those given. */
export function trustedAuthorities(url: string, files: readonly string[] = []): string[] {
  const { host } = new URL(url);
  const system = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"].find(
    existsSync,
  );
  const docker = join("/etc/docker/certs.d", host);
  const ofDocker = existsSync(docker) ? readdirSync(docker).filter((name) => name.endsWith(".crt")) : [];
  const paths = [...(system ? [system] : []), ...ofDocker.map((name) => join(docker, name)), ...files];
  return [...rootCertificates, ...paths.map((path) => readFileSync(path, "utf8"))];
}

export interface CertificateExpectations {
  readonly url: string;
  readonly ca: readonly string[];
  /** Let's Encrypt issues at the first handshake, and says what went wrong only in the registry's log. */
  readonly isIssuedOnDemand: boolean;
  /** Name or address of the machine that Docker runs on. @default - this one */
  readonly dockerHost?: string;
  /** Whether something else ends TLS, so that the name may lead elsewhere. */
  readonly isBehindProxy: boolean;
}

/** Issues within the last weeks of a certificate are renewed by themselves; this close, something is wrong. */
const WARN_DAYS = 14;

/** @returns whether a password may be sent over such a connection */
export function checkCertificate(checks: Checks, expected: CertificateExpectations): Promise<boolean> {
  const { url, ca, isIssuedOnDemand } = expected;
  const { hostname } = new URL(url);
  return checks.run("certificate", `the certificate is valid for ${hostname}`, async () => {
    let presented: Presented;
    try {
      presented = await presentedCertificate(url, ca);
    } catch (error) {
      return failed(
        `no TLS handshake: ${reason(error)}`,
        isIssuedOnDemand
          ? "the certificate was not issued: port 443 of that name must lead to the registry from the whole internet; logs registry names the cause"
          : "is the certificate's file readable, and does its key belong to it? logs registry says",
      );
    }
    const { names, issuer, daysLeft, notAfter, refusal } = presented;
    const until = `until ${notAfter.toISOString().slice(0, 10)}, ${daysLeft} days left`;
    if (daysLeft < 0)
      return failed(
        `it ended on ${notAfter.toISOString().slice(0, 10)}`,
        "renew it; certificate files are read at start, so then: up",
      );
    if (refusal) return failed(`clients refuse it: ${refusalText(refusal, names, issuer)}`, refusalRemedy(refusal));
    if (daysLeft < WARN_DAYS) return warning(`${until}: it should have been renewed`, "private-registry logs registry");
    return passed(`by ${issuer}, ${until}`);
  });
}

function refusalText(refusal: string, names: readonly string[], issuer: string): string {
  if (/ALTNAME|altname/.test(refusal)) return `it is for ${names.join(", ")}`;
  if (/STAGING/i.test(issuer)) return "it is from Let's Encrypt's staging server, which nobody trusts";
  return `${refusal}, issued by ${issuer}`;
}

function refusalRemedy(refusal: string): string {
  if (/ALTNAME|altname/.test(refusal)) return "the certificate must name registry.host";
  return "a private CA: give --ca FILE here, and put it into /etc/docker/certs.d/HOST/ca.crt on every client";
}

/** The name leads to the machine where the registry runs. */
export function checkName(
  checks: Checks,
  { url, dockerHost, isBehindProxy }: CertificateExpectations,
): Promise<boolean> {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  return checks.run("name", `${host} leads to the Docker host`, async () => {
    const addresses = await resolve(host);
    if (!dockerHost || isBehindProxy) return passed(addresses.join(", "));
    const there = await resolve(dockerHost);
    if (addresses.some((address) => there.includes(address))) return passed(addresses.join(", "));
    return warning(
      `${addresses.join(", ")}, while ${dockerHost} is ${there.join(", ")}`,
      "fine behind a load balancer or NAT; else correct the DNS record",
    );
  });
}

async function resolve(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}
