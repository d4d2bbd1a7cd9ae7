import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { chainProblems, missingIntermediate, readChain } from "./certificate-chain";
import { keyProblems } from "./certificate-key";
import { shortName } from "./certificate-pem";
import type { Problem } from "./errors";

/** Contents of the files of a registry with its own certificate. */
export interface CertificateFiles {
  /** Chain, leaf first. @default - not at hand */
  readonly certificate?: Buffer;
  /** @default - not at hand, so that nothing is said about it */
  readonly key?: Buffer;
  /** CAs of client certificates. */
  readonly clientCas?: readonly Buffer[];
}

/** What a certificate says about itself. */
export interface CertificateFacts {
  readonly names: readonly string[];
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256 of the leaf, `AB:CD:…`. */
  readonly fingerprint256: string;
}

export interface CertificateReport {
  /** @default - it cannot be read */
  readonly facts?: CertificateFacts;
  /** What clients or the registry would refuse. */
  readonly problems: readonly Problem[];
  /** What is probably wrong. */
  readonly warnings: readonly Problem[];
}

const CERTIFICATE = "tls.certificateFile";
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const SHA1_SIGNATURES = ["2a864886f70d010105", "2a8648ce3d0401"].map((oid) => Buffer.from(oid, "hex"));

/**
 * Checks certificate files before they reach the registry, which reads them only at its start and would not say much.
 *
 * @param host the name or address that clients use
 * @param now when it must be valid; without it nothing is said about time, and the result depends on the files alone
 */
export function checkCertificate(files: CertificateFiles, host: string, now?: Date): CertificateReport {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const { certificate, key, clientCas = [] } = files;
  const chain = certificate ? readChain(certificate, CERTIFICATE, problems) : [];
  const [leaf] = chain;
  if (leaf) {
    problems.push(...leafProblems(leaf, host), ...chainProblems(chain, CERTIFICATE));
    warnings.push(...missingIntermediate(chain, CERTIFICATE));
    if (now) problems.push(...chain.flatMap((one, n) => timeProblems(one, n, now)));
  }
  if (key) problems.push(...keyProblems(key, leaf, "tls.keyFile"));
  clientCas.forEach((file, n) => {
    problems.push(...clientCaProblems(file, `tls.clientCaFiles[${n}]`, now));
  });
  return { facts: leaf && factsOf(leaf), problems, warnings };
}

function leafProblems(leaf: X509Certificate, host: string): Problem[] {
  const option = CERTIFICATE;
  const names = namesOf(leaf);
  const checks: [boolean, Omit<Problem, "option">][] = [
    [
      // What `openssl req -x509` makes is both, and right.
      leaf.ca && !covers(leaf, host),
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
      !leaf.ca && names.length > 0 && !covers(leaf, host),
      {
        rule: `must be for ${host}, the name that clients use`,
        got: names.join(", "),
        fix: "ask for one that names it, or correct registry.host; *.example.com covers one label, not two",
      },
    ],
    [
      leaf.keyUsage !== undefined && !leaf.keyUsage.includes(SERVER_AUTH),
      {
        rule: "must be for servers (extended key usage serverAuth)",
        got: "one for other uses",
        fix: "ask the CA for a server certificate",
      },
    ],
    [
      leaf.publicKey.asymmetricKeyType === "rsa" && (leaf.publicKey.asymmetricKeyDetails?.modulusLength ?? 0) < 2048,
      {
        rule: "must have a key of 2048 bits or more",
        got: `RSA with ${leaf.publicKey.asymmetricKeyDetails?.modulusLength}`,
        fix: "make a new key, e.g. `openssl ecparam -genkey -name prime256v1`",
      },
    ],
    [
      SHA1_SIGNATURES.some((oid) => leaf.raw.includes(oid)),
      { rule: "must not be signed with SHA-1", got: "SHA-1", fix: "Docker refuses it: have it issued anew" },
    ],
  ];
  return checks.filter(([broken]) => broken).map(([, problem]) => ({ option, ...problem }));
}

function timeProblems(one: X509Certificate, n: number, now: Date): Problem[] {
  const option = CERTIFICATE;
  const what = n === 0 ? "must be valid now" : `must be valid now in all of its chain`;
  const whose = n === 0 ? "" : ` (${shortName(one.subject)})`;
  const [from, to] = [new Date(one.validFrom), new Date(one.validTo)];
  if (to < now) return [{ option, rule: what, got: `it ended on ${day(to)}${whose}`, fix: "renew it" }];
  if (from > now) {
    return [{ option, rule: what, got: `it begins on ${day(from)}${whose}`, fix: "wait, or set this machine's clock" }];
  }
  return [];
}

function clientCaProblems(file: Buffer, option: string, now: Date | undefined): Problem[] {
  const problems: Problem[] = [];
  const all = readChain(file, option, problems);
  const other = all.find((one) => !one.ca);
  if (other) {
    problems.push({
      option,
      rule: "must hold CA certificates",
      got: `${shortName(other.subject)}, which is none`,
      fix: "give the CA that signed the clients' certificates, not a client's",
    });
  }
  const ended = now && all.find((one) => new Date(one.validTo) < now);
  if (ended)
    problems.push({
      option,
      rule: "must be valid now",
      got: `it ended on ${day(new Date(ended.validTo))}`,
      fix: "renew it",
    });
  return problems;
}

function covers(leaf: X509Certificate, host: string): boolean {
  return (isIP(host) ? leaf.checkIP(host) : leaf.checkHost(host, { subject: "never" })) !== undefined;
}

function namesOf({ subjectAltName }: X509Certificate): string[] {
  return (subjectAltName ?? "")
    .split(", ")
    .filter((name) => /^(DNS|IP Address):/.test(name))
    .map((name) => name.replace(/^(DNS|IP Address):/, ""));
}

function factsOf(leaf: X509Certificate): CertificateFacts {
  return {
    names: namesOf(leaf),
    issuer: shortName(leaf.issuer),
    notBefore: new Date(leaf.validFrom),
    notAfter: new Date(leaf.validTo),
    fingerprint256: leaf.fingerprint256,
  };
}

const day = (date: Date) => date.toISOString().slice(0, 10);
