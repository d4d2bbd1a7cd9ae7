import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";

/** A certificate with its key, as PEM. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
  readonly subject: string;
  readonly privateKey: KeyObject;
}

export interface CertificateOptions {
  /** @default - none, as old certificates have */
  readonly names?: readonly string[];
  /** @default - itself */
  readonly issuer?: Issued;
  /** @default false */
  readonly ca?: boolean;
  /** @default - a day ago */
  readonly notBefore?: Date;
  /** @default - in 90 days */
  readonly notAfter?: Date;
  /** Extended key usages, as OIDs. @default - none */
  readonly usages?: readonly string[];
  /** Pretends that a public CA logged it. @default false */
  readonly sct?: boolean;
  /** @default - an EC key */
  readonly rsaBits?: number;
  /** Of an EC key, as OpenSSL names it. @default P-256 */
  readonly curve?: string;
  /** Names that are written as DNS names, whatever they are. @default - none */
  readonly dnsNames?: readonly string[];
  /** With RSA. @default false */
  readonly sha1?: boolean;
}

const DAY = 86_400_000;

/** Makes a certificate, without a program: just enough of DER for the tests. */
export function issue(subject: string, options: CertificateOptions = {}): Issued {
  const { issuer, rsaBits, curve = "P-256", sha1 = false } = options;
  const { privateKey, publicKey } = rsaBits
    ? generateKeyPairSync("rsa", { modulusLength: rsaBits })
    : generateKeyPairSync("ec", { namedCurve: curve });
  const signer = issuer?.privateKey ?? privateKey;
  const isRsa = signer.asymmetricKeyType === "rsa";
  const algorithm = isRsa
    ? seq(oid(sha1 ? "1.2.840.113549.1.1.5" : "1.2.840.113549.1.1.11"), der(5))
    : seq(oid("1.2.840.10045.4.3.2"));
  const time = (date: Date) => der(0x18, Buffer.from(date.toISOString().replace(/[-:T]|\.\d+/g, "")));
  const body = seq(
    der(0xa0, der(2, Buffer.from([2]))),
    der(2, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    name(issuer?.subject ?? subject),
    seq(
      time(options.notBefore ?? new Date(Date.now() - DAY)),
      time(options.notAfter ?? new Date(Date.now() + 90 * DAY)),
    ),
    name(subject),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, seq(...extensions(options))),
  );
  const signature = sign(isRsa && sha1 ? "sha1" : "sha256", body, signer);
  const whole = seq(body, algorithm, der(3, Buffer.from([0]), signature));
  return {
    certificate: pem("CERTIFICATE", whole),
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    subject,
    privateKey,
  };
}

export function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

function extensions({ names, dnsNames = [], ca = false, usages, sct = false }: CertificateOptions): Buffer[] {
  const extension = (id: string, value: Buffer) => seq(oid(id), der(4, value));
  const dns = (one: string) => der(0x82, Buffer.from(one));
  const general = (one: string) => (isIP(one) ? der(0x87, Buffer.from(one.split(".").map(Number))) : dns(one));
  const alternative = [...(names ?? []).map(general), ...dnsNames.map(dns)];
  return [
    extension("2.5.29.19", seq(...(ca ? [der(1, Buffer.from([0xff]))] : []))),
    ...(alternative.length > 0 ? [extension("2.5.29.17", seq(...alternative))] : []),
    ...(usages ? [extension("2.5.29.37", seq(...usages.map(oid)))] : []),
    ...(sct ? [extension("1.3.6.1.4.1.11129.2.4.2", der(4, Buffer.from([0, 0])))] : []),
  ];
}

const name = (cn: string) => seq(der(0x31, seq(oid("2.5.4.3"), der(0x0c, Buffer.from(cn)))));

const seq = (...parts: Buffer[]) => der(0x30, ...parts);

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = rest.flatMap((arc) => {
    const groups = [arc & 127];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 127) | 128);
    return groups;
  });
  return der(6, Buffer.from([first * 40 + second, ...bytes]));
}
