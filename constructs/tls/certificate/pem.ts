import { X509Certificate } from "node:crypto";
import type { Problem } from "../../values/errors";

/** One `-----BEGIN …-----` block of a file. */
export interface PemBlock {
  /** `CERTIFICATE`, `EC PRIVATE KEY`, … */
  readonly label: string;
  /** The block with its first and last line. */
  readonly text: string;
}

/** The blocks of a file in order, or what is wrong with the file. Go, which reads it in the end, skips what it cannot parse. */
export function pemBlocks(bytes: Buffer, option: string): { blocks: PemBlock[]; problem?: Problem } {
  const bad = (rule: string, got: string | undefined, fix: string) => ({
    blocks: [],
    problem: { option, rule, got, fix },
  });
  if (bytes.length === 0) return bad("must hold PEM", "an empty file", "write the file again; was the disk full?");
  if (bytes[0] === 0x30 && (bytes[1] ?? 0) & 0x80) {
    return bad(
      "must be PEM",
      "a binary file (DER, or PKCS#12)",
      "convert it: `openssl x509 -inform der`, or `openssl pkcs12 -in FILE -nodes` for both parts",
    );
  }
  if (/^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)/.test(bytes.toString("latin1", 0, 3))) {
    return bad(
      "must begin with -----BEGIN",
      "a byte order mark",
      "save it as ASCII: Go skips a first block behind the mark",
    );
  }
  const text = bytes.toString("latin1").replaceAll("\r\n", "\n");
  const blocks = [...text.matchAll(/^-----BEGIN ([A-Z0-9 ]+)-----[ \t]*\n[\s\S]*?^-----END \1-----[ \t]*$/gm)].map(
    ([whole, label = ""]) => ({ label, text: whole }),
  );
  const begun = text.match(/-----BEGIN /g)?.length ?? 0;
  if (begun === 0)
    return bad("must hold PEM", "no -----BEGIN line", "give the file that the CA made, not one that tells about it");
  if (begun > blocks.length) {
    return bad(
      "must hold whole PEM blocks",
      "a block without its end, or indented",
      "write the file again, each mark at the beginning of its line",
    );
  }
  return { blocks };
}

/** Parses a block. */
export function parseCertificate({ text }: PemBlock): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}

/** A name's most telling part: its CN, or all of it on one line. */
export function shortName(name: string): string {
  return /^CN=(.+)$/m.exec(name)?.[1] ?? name.replaceAll("\n", ", ");
}
