import type { X509Certificate } from "node:crypto";
import type { Problem } from "../../values/errors";
import { chainProblems, missingIntermediate, readChain } from "./chain";
import { keyProblems } from "./key";
import { leafProblems, leafWarnings, lifetimeWarnings, namesOf, publicKeyProblems } from "./leaf";
import { shortName } from "./pem";

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
    problems.push(...leafProblems(leaf, host, CERTIFICATE), ...chainProblems(chain, CERTIFICATE));
    problems.push(...chain.flatMap((one) => publicKeyProblems(one, CERTIFICATE)));
    warnings.push(...missingIntermediate(chain, CERTIFICATE), ...leafWarnings(leaf, host, CERTIFICATE));
    warnings.push(...lifetimeWarnings(chain, CERTIFICATE));
    if (now) problems.push(...chain.flatMap((one, n) => timeProblems(one, n, now)));
  }
  if (key) problems.push(...keyProblems(key, leaf, "tls.keyFile"));
  clientCas.forEach((file, n) => {
    problems.push(...clientCaProblems(file, `tls.clientCaFiles[${n}]`, now));
  });
  return { facts: leaf && factsOf(leaf), problems, warnings };
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
  problems.push(...all.flatMap((one) => publicKeyProblems(one, option)));
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
