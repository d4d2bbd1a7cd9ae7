import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { Problem } from "../../values/errors";
import { isOfPublicCa } from "./chain";
import { shortName } from "./pem";

const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const ANY_USAGE = "2.5.29.37.0";
const SHA1_SIGNATURES = ["2a864886f70d010105", "2a8648ce3d0401"].map((oid) => Buffer.from(oid, "hex"));

/** What clients, or the registry, refuse of a server's certificate. */
export function leafProblems(leaf: X509Certificate, host: string, option: string): Problem[] {
  const names = namesOf(leaf);
  const isCovered = covers(leaf, host);
  const addresses = isIP(host) && !isCovered ? dnsNamesOf(leaf).filter((name) => isIP(name)) : [];
  const checks: [boolean, Omit<Problem, "option">][] = [
    [
      addresses.length > 0,
      {
        rule: `must name ${host} as an IP address`,
        got: `${addresses.join(", ")} as a DNS name`,
        fix: `ask for the subjectAltName IP:${host}, not DNS:${host}: clients look for an address among the addresses only`,
      },
    ],
    [
      // What `openssl req -x509` makes is both, and right.
      leaf.ca && !isCovered && addresses.length === 0,
      {
        rule: "must begin with the server's certificate",
        got: `the CA ${shortName(leaf.subject)} first`,
        fix: "put the server's own certificate before the CAs'",
      },
    ],
    [
      !leaf.ca && names.length === 0,
      {
        rule: "must name its hosts as subjectAltName",
        got: `only ${shortName(leaf.subject)} as the subject`,
        fix: "ask the CA for a certificate with subjectAltName: clients ignore the subject",
      },
    ],
    [
      !leaf.ca && names.length > 0 && !isCovered && addresses.length === 0,
      {
        rule: `must be for ${host}, the name that clients use`,
        got: names.join(", "),
        fix: "ask for one that names it, or correct registry.host; *.example.com covers one label, not two",
      },
    ],
    [
      leaf.keyUsage !== undefined && !leaf.keyUsage.some((usage) => usage === SERVER_AUTH || usage === ANY_USAGE),
      {
        rule: "must be for servers (extended key usage serverAuth)",
        got: "one for other uses",
        fix: "ask the CA for a server certificate",
      },
    ],
    [
      SHA1_SIGNATURES.some((oid) => leaf.raw.includes(oid)),
      { rule: "must not be signed with SHA-1", got: "SHA-1", fix: "Docker refuses it: have it issued anew" },
    ],
  ];
  return checks.filter(([broken]) => broken).map(([, problem]) => ({ option, ...problem }));
}

/** What works with some clients only. */
export function leafWarnings(leaf: X509Certificate, host: string, option: string): Problem[] {
  const addresses = covers(leaf, host) ? dnsNamesOf(leaf).filter((name) => isIP(name) && !leaf.checkIP(name)) : [];
  const checks: [boolean, Omit<Problem, "option">][] = [
    [
      !leaf.keyUsage?.includes(SERVER_AUTH) && isRecent(leaf),
      {
        rule: "should be for servers (extended key usage serverAuth)",
        got: "one that names no use, or any",
        fix: "ask for extendedKeyUsage = serverAuth: Docker takes it as it is, clients on macOS refuse it",
      },
    ],
    [
      addresses.length > 0,
      {
        rule: "should name addresses as IP addresses",
        got: `${addresses.join(", ")} as a DNS name`,
        fix: `ask for the subjectAltName IP:${addresses[0]}: nobody gets in by this address now`,
      },
    ],
  ];
  return checks.filter(([broken]) => broken).map(([, problem]) => ({ option, ...problem }));
}

const DAY_MS = 86_400_000;
/** What clients on macOS take of a private CA (Apple's HT210176), and of a public one (HT211025). */
const [PRIVATE_DAYS, PUBLIC_DAYS] = [825, 398];

/** What is valid for too long. @param chain leaf first */
export function lifetimeWarnings(chain: readonly X509Certificate[], option: string): Problem[] {
  const [leaf] = chain;
  if (!leaf || !isRecent(leaf)) return [];
  const days = Math.ceil((Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)) / DAY_MS);
  if (days <= PUBLIC_DAYS) return [];
  const most = isOfPublicCa(chain) ? PUBLIC_DAYS : PRIVATE_DAYS;
  if (days <= most) return [];
  return [
    {
      option,
      rule: `should be valid for ${most} days at most`,
      got: `${days} days`,
      fix: "have it issued for less: Docker on Linux takes it as it is, clients on macOS refuse it",
    },
  ];
}

/** Apple's rules are for what was issued since then. */
const isRecent = (leaf: X509Certificate) => Date.parse(leaf.validFrom) >= Date.UTC(2019, 6, 1);

const CURVES: Readonly<Record<string, string>> = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" };

/** A key of a kind that Go's TLS does not speak; the registry, Docker, Podman and containerd are written in Go. */
export function publicKeyProblems(one: X509Certificate, option: string): Problem[] {
  const { asymmetricKeyType: kind = "?", asymmetricKeyDetails: details } = one.publicKey;
  const bits = details?.modulusLength ?? 0;
  const curve = details?.namedCurve ?? "";
  if (kind === "ed25519" || (kind === "ec" && CURVES[curve])) return [];
  if (kind === "rsa" && bits >= 2048 && bits <= 8192) return [];
  const rule =
    kind === "rsa"
      ? `must have a key of ${bits < 2048 ? "2048 bits or more" : "8192 bits or less"}`
      : `must have a key that Go's TLS speaks: RSA, Ed25519, or EC on ${Object.values(CURVES).join(", ")}`;
  const got = kind === "rsa" ? `RSA with ${bits}` : kind === "ec" ? `EC on ${curve}` : kind;
  const whose = `${got} (${shortName(one.subject)})`;
  return [{ option, rule, got: whose, fix: "make a new key, e.g. `openssl ecparam -genkey -name prime256v1`" }];
}

function covers(leaf: X509Certificate, host: string): boolean {
  return (isIP(host) ? leaf.checkIP(host) : leaf.checkHost(host, { subject: "never" })) !== undefined;
}

export function namesOf(leaf: X509Certificate): string[] {
  return alternativeNames(leaf).map(([, name]) => name);
}

function dnsNamesOf(leaf: X509Certificate): string[] {
  return alternativeNames(leaf).flatMap(([kind, name]) => (kind === "DNS" ? [name] : []));
}

function alternativeNames({ subjectAltName }: X509Certificate): [kind: string, name: string][] {
  const found = [...(subjectAltName ?? "").matchAll(/(?:^|, )(DNS|IP Address):([^,]*)/g)];
  return found.map(([, kind = "", name = ""]) => [kind, name]);
}
