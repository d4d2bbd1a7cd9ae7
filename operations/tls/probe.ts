import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { checkServerIdentity, connect, type PeerCertificate, type TLSSocket } from "node:tls";
import { trustedAuthorities } from "./authorities";

export interface TlsTarget {
  /** The name that clients use: what is asked for (SNI), and what the certificate must be for. */
  readonly host: string;
  readonly port: number;
  /** Where to connect. @default - where DNS says that the host is */
  readonly address?: string;
  /** Further CAs to trust, PEM. @default - public ones and the system's */
  readonly ca?: readonly string[];
  /** For the whole handshake; a first certificate is issued in it. @default 60_000 */
  readonly timeoutMs?: number;
  /** @default - now */
  readonly now?: Date;
}

/** One certificate of what a server presents. */
interface PresentedCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly fingerprint256: string;
}

/** What a server agreed on and presented. */
export interface Handshake {
  readonly milliseconds: number;
  /** `TLSv1.3` */
  readonly protocol: string;
  readonly cipher: string;
  /** As it was sent, leaf first. */
  readonly chain: readonly PresentedCertificate[];
  /** DNS names and addresses of the leaf. */
  readonly names: readonly string[];
  /** Who issued the leaf, in a few words. */
  readonly issuer: string;
  readonly notAfter: Date;
  /** Whole days until the leaf ends; negative when it has. */
  readonly daysLeft: number;
}

export type TlsFailureKind =
  /** The name has no address. */
  | "no-address"
  /** Nobody listens at address and port. */
  | "refused"
  /** Nothing comes back: a firewall, or no route. */
  | "unreachable"
  /** A connection, but no end of the handshake in time. */
  | "no-answer"
  /** The connection was closed in the handshake. */
  | "closed"
  /** Something answers, without TLS. */
  | "plain-http"
  /** The server has no certificate for the name: how Distribution says that the ACME server gave none. */
  | "no-certificate"
  /** Protocol or cipher suites have nothing in common. */
  | "nothing-in-common"
  /** The certificate is for other names. */
  | "wrong-name"
  | "expired"
  | "not-yet-valid"
  /** Nobody who is trusted vouches for it, or the chain has a gap. */
  | "untrusted"
  | "other";

interface TlsFailure {
  readonly kind: TlsFailureKind;
  /** What the library says, for details. */
  readonly raw: string;
}

/** What came of a handshake. A server that presents a certificate which clients refuse gives both. */
export interface TlsProbe {
  readonly target: TlsTarget;
  readonly handshake?: Handshake;
  readonly failure?: TlsFailure;
}

/**
 * One handshake as clients make it, with the right name and within a bound. With Let's Encrypt it is also what makes the
 * registry ask for its certificate. Never rejects.
 */
export async function probeTls(target: TlsTarget): Promise<TlsProbe> {
  const { host, port, address = host, timeoutMs = 60_000 } = target;
  const began = Date.now();
  return new Promise((resolve) => {
    let connected = false;
    const socket = connect({
      host: address.replace(/^\[|\]$/g, ""),
      port,
      servername: isIP(host) ? "" : host,
      ca: trustedAuthorities(target.ca ?? []),
      rejectUnauthorized: false,
      ALPNProtocols: ["http/1.1"],
    });
    const timer = setTimeout(
      () => fail(connected ? "no-answer" : "unreachable", `nothing within ${timeoutMs / 1000} s`),
      timeoutMs,
    );
    const end = (probe: TlsProbe) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(probe);
    };
    const fail = (kind: TlsFailureKind, raw: string) => end({ target, failure: { kind, raw } });
    socket.once("connect", () => {
      connected = true;
    });
    socket.once("secureConnect", () => {
      const leaf = socket.getPeerCertificate(true);
      // Not before: a certificate that was issued in the handshake is younger than its beginning.
      const now = target.now ?? new Date();
      end({
        target,
        handshake: describe(socket, leaf, Date.now() - began, now),
        failure: refusal(socket, leaf, host, now),
      });
    });
    socket.once("error", (error: NodeJS.ErrnoException) => fail(kindOf(error, connected), message(error)));
    socket.once("close", () => fail("closed", "the connection was closed in the handshake"));
  });
}

function describe(socket: TLSSocket, leaf: PeerCertificate, milliseconds: number, now: Date): Handshake {
  const chain = presented(leaf as PeerCertificate & { issuerCertificate?: PeerCertificate });
  const notAfter = new Date(leaf.valid_to);
  return {
    milliseconds,
    protocol: socket.getProtocol() ?? "?",
    cipher: socket.getCipher().standardName,
    chain,
    names: namesOf(leaf),
    issuer: wordsOf(leaf.issuer),
    notAfter,
    daysLeft: Math.floor((notAfter.getTime() - now.getTime()) / 86_400_000),
  };
}

function presented(leaf: PeerCertificate & { issuerCertificate?: PeerCertificate }): PresentedCertificate[] {
  const chain: PresentedCertificate[] = [];
  const seen = new Set<string>();
  let next: typeof leaf | undefined = leaf;
  while (next?.raw && !seen.has(next.fingerprint256)) {
    seen.add(next.fingerprint256);
    chain.push({
      subject: wordsOf(next.subject),
      issuer: wordsOf(next.issuer),
      notBefore: new Date(next.valid_from),
      notAfter: new Date(next.valid_to),
      fingerprint256: next.fingerprint256,
    });
    next = next.issuerCertificate as typeof leaf | undefined;
  }
  return chain;
}

function namesOf({ raw }: PeerCertificate): string[] {
  const text = raw ? new X509Certificate(raw).subjectAltName : undefined;
  return (text ?? "")
    .split(", ")
    .filter(Boolean)
    .map((name) => name.replace(/^(DNS|IP Address):/, ""));
}

function wordsOf(name: PeerCertificate["subject"] | undefined): string {
  const { O, CN } = (name ?? {}) as Record<string, string | undefined>;
  return [CN, O && O !== CN ? `(${O})` : undefined].filter(Boolean).join(" ") || "?";
}

function refusal(socket: TLSSocket, leaf: PeerCertificate, host: string, now: Date): TlsFailure | undefined {
  const identity = checkServerIdentity(host, leaf);
  // A certificate for other names says most: then it is another server that answers.
  if (identity) return { kind: "wrong-name", raw: identity.message };
  const begins = new Date(leaf.valid_from).getTime();
  if (new Date(leaf.valid_to).getTime() < now.getTime())
    return { kind: "expired", raw: `it ended on ${leaf.valid_to}` };
  if (begins > now.getTime()) return { kind: "not-yet-valid", raw: `it begins on ${leaf.valid_from}` };
  if (socket.authorized) return undefined;
  const code = String(
    (socket.authorizationError as unknown as NodeJS.ErrnoException)?.code ?? socket.authorizationError,
  );
  return { kind: code === "CERT_HAS_EXPIRED" ? "expired" : "untrusted", raw: code };
}

const KINDS: readonly [RegExp, TlsFailureKind][] = [
  [/ENOTFOUND|EAI_AGAIN|ENODATA/, "no-address"],
  [/ECONNREFUSED/, "refused"],
  [/ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN/, "unreachable"],
  [/WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG|RECORD_TOO_SMALL/, "plain-http"],
  [/ALERT_INTERNAL_ERROR|UNRECOGNIZED_NAME/i, "no-certificate"],
  [/ALERT_PROTOCOL_VERSION|HANDSHAKE_FAILURE|UNSUPPORTED_PROTOCOL|NO_SHARED_CIPHER/i, "nothing-in-common"],
  [/ECONNRESET|EPIPE|UNEXPECTED_EOF/, "closed"],
];

function kindOf(error: NodeJS.ErrnoException, connected: boolean): TlsFailureKind {
  // With several addresses tried, the code is on each of the errors.
  const inner = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : error;
  const text = `${inner.code ?? ""} ${inner.message}`;
  const kind = KINDS.find(([pattern]) => pattern.test(text))?.[1];
  return kind ?? (connected ? "other" : "unreachable");
}

function message(error: NodeJS.ErrnoException): string {
  const inner = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : error;
  // OpenSSL's lines: `80CC…:error:0A000438:SSL routines:ssl3_read_bytes:tlsv1 alert internal error:../deps/…`.
  const openssl = /:SSL routines:[^:]*:([^:]+):/.exec(inner.message)?.[1];
  return openssl ?? (inner.message.trim() || inner.code || "?");
}
