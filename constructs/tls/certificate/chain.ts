import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import type { Problem } from "../../values/errors";
import { parseCertificate, pemBlocks, shortName } from "./pem";

/** Embedded signed certificate timestamps; only public CAs put them in, and none of those issues from its root. */
const SCT_LIST = Buffer.from("060a2b06010401d679020402", "hex");

/** The certificates of a file, in order; what is wrong with the file is added to `problems`. */
export function readChain(file: Buffer, option: string, problems: Problem[]): X509Certificate[] {
  const { blocks, problem } = pemBlocks(file, option);
  if (problem) {
    problems.push(problem);
    return [];
  }
  const secret = blocks.find(({ label }) => label.endsWith("PRIVATE KEY"));
  if (secret) {
    problems.push({
      option,
      rule: "must hold certificates only: everybody in the container may read it",
      got: `a ${secret.label}`,
      fix: blocks.length > 1 ? "keep the key in its own file" : "are certificateFile and keyFile swapped?",
    });
  }
  const certificates = blocks.filter(({ label }) => label === "CERTIFICATE");
  if (certificates.length === 0 && !secret) {
    problems.push({
      option,
      rule: "must hold a certificate",
      got: blocks.map(({ label }) => label).join(", "),
      fix: HINTS[blocks[0]?.label ?? ""] ?? "give the file with -----BEGIN CERTIFICATE-----",
    });
  }
  return certificates.flatMap((block, n) => {
    const parsed = parseCertificate(block);
    if (!parsed)
      problems.push({
        option,
        rule: `must hold readable certificates`,
        got: `a broken one (number ${n + 1})`,
        fix: "get it again from the CA",
      });
    return parsed ?? [];
  });
}

const HINTS: Readonly<Record<string, string>> = {
  "CERTIFICATE REQUEST": "that is the request; give what the CA answered",
  "TRUSTED CERTIFICATE": "that is OpenSSL's own form, which Go skips: convert it with `openssl x509 -in FILE`",
  PKCS7: "convert it: `openssl pkcs7 -print_certs -in FILE`",
  "PUBLIC KEY": "that is a public key; give the certificate",
};

/** Each must be signed by the next. */
export function chainProblems(chain: readonly X509Certificate[], option: string): Problem[] {
  for (const [n, one] of chain.entries()) {
    const next = chain[n + 1];
    if (!next || isIssuedBy(one, next)) continue;
    const place = chain.findIndex((other, m) => m !== n && isIssuedBy(one, other));
    const isRepeated = one.fingerprint256 === next.fingerprint256;
    return [
      {
        option,
        rule: "must be a chain, each certificate signed by the next",
        got: `${shortName(next.subject)} after ${shortName(one.subject)}, which ${shortName(one.issuer)} signed`,
        fix: isRepeated
          ? "remove the repeated one"
          : place > n
            ? `put ${shortName(one.issuer)} directly after it`
            : `add the certificate of ${shortName(one.issuer)}, or remove what does not belong to it`,
      },
    ];
  }
  return [];
}

function isIssuedBy(one: X509Certificate, issuer: X509Certificate): boolean {
  return one.checkIssued(issuer) && one.verify(issuer.publicKey);
}

/** Whether a certificate alone will do can be known only where the issuer is. */
export function missingIntermediate(chain: readonly X509Certificate[], option: string): Problem[] {
  const last = chain.at(-1);
  if (!last || last.subject === last.issuer || !isLogged(chain)) return [];
  if (publicRoots().has(last.issuer)) return [];
  return [
    {
      option,
      rule: "should hold the whole chain up to a public CA",
      got: `nothing from ${shortName(last.issuer)}`,
      fix: "append the CA's intermediate certificates (often called fullchain.pem): Docker does not fetch them",
    },
  ];
}

/** Whether everybody trusts who made it, as far as the file tells. */
export function isOfPublicCa(chain: readonly X509Certificate[]): boolean {
  return isLogged(chain) || chain.some(({ issuer }) => publicRoots().has(issuer));
}

const isLogged = ([leaf]: readonly X509Certificate[]) => leaf?.raw.includes(SCT_LIST) ?? false;

let roots: Set<string> | undefined;

function publicRoots(): Set<string> {
  roots ??= new Set(rootCertificates.map((pem) => new X509Certificate(pem).subject));
  return roots;
}
