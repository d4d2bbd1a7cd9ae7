import { createPrivateKey, type KeyObject, type X509Certificate } from "node:crypto";
import type { Problem } from "../../values/errors";
import { type PemBlock, pemBlocks, shortName } from "./pem";

/** What is wrong with the file of a private key, and whether it belongs to a certificate. */
export function keyProblems(file: Buffer, leaf: X509Certificate | undefined, option: string): Problem[] {
  const { blocks, problem } = pemBlocks(file, option);
  if (problem) return [problem];
  const block = blocks.find(({ label }) => label.endsWith("PRIVATE KEY"));
  if (!block) {
    const got = blocks.map(({ label }) => label).join(", ");
    return [
      {
        option,
        rule: "must hold a private key",
        got,
        fix: "give the key's file; are certificateFile and keyFile swapped?",
      },
    ];
  }
  if (block.label === "ENCRYPTED PRIVATE KEY" || block.text.includes("Proc-Type: 4,ENCRYPTED")) {
    return [
      {
        option,
        rule: "must not be encrypted",
        fix: "the registry cannot ask for a passphrase: `openssl pkey -in FILE`",
      },
    ];
  }
  const key = parseKey(block);
  if (!key)
    return [
      { option, rule: "must hold a readable private key", got: `a broken ${block.label}`, fix: "write the file again" },
    ];
  if (leaf && !leaf.checkPrivateKey(key)) {
    return [
      {
        option,
        rule: "must belong to the certificate",
        got: `a ${key.asymmetricKeyType} key of another one than ${shortName(leaf.subject)}`,
        fix: "give the key that the certificate was asked for with; after a renewal, replace both files",
      },
    ];
  }
  return [];
}

function parseKey({ text }: PemBlock): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
}
