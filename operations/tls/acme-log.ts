/** Why the registry got no certificate from the ACME server, read from its own log. */
export interface AcmeFailure {
  /** Stable, for machines and tests. */
  readonly id: string;
  /** The registry's line, from the cause on. */
  readonly line: string;
  /** What happened, in one sentence. */
  readonly message: string;
  /** What to do. */
  readonly remedy: string;
  /** The ACME server looked at the registry from outside and refused: what it saw is not in the registry's log. */
  readonly isChallenge: boolean;
}

interface Known {
  readonly id: string;
  readonly pattern: RegExp;
  readonly message: string;
  readonly remedy: string;
}

/**
 * Most particular first. Distribution logs nothing but the error of x/crypto's acme and autocert (0.57 in 3.1.2);
 * `$<name>` in a text stands for a group of the pattern.
 */
const KNOWN: readonly Known[] = [
  {
    id: "finalize-without-location",
    pattern: /unsupported protocol scheme ""/,
    message:
      "The ACME server issued the certificate, but its answer to `finalize` has no `Location` header, which Distribution needs to fetch it (golang/go#77704)",
    remedy:
      "it will fail again every minute: use an ACME server that sends the header (Let's Encrypt, pebble up to 2.4, see docs/guides/https.md), or tls.mode certificate",
  },
  {
    id: "host-not-listed",
    pattern: /host "(?<host>[^"]*)" not configured in HostWhitelist/,
    message: "The registry is not told to have a certificate for $<host>",
    remedy: "add $<host> to registry.tls.hosts, exactly so, then plan and apply",
  },
  {
    id: "no-name-asked-for",
    pattern: /autocert: (?:missing server name|server name component count invalid|server name contains invalid)/,
    message: "The client asked for no name, or for one without a dot",
    remedy: "use the full host name: with Let's Encrypt neither an address nor localhost can work",
  },
  {
    id: "rate-limited",
    pattern: /(?:acme:error:rateLimited|\b429 (?:urn:[\w:]+)?): (?<detail>[^\n]*)/,
    message: "The ACME server's rate limit is reached: $<detail>",
    remedy:
      "wait as long as it says; nothing is broken. Practise with directoryUrl: staging, and do not delete the volume of the certificates: each loss costs an issuance",
  },
  {
    id: "server-error",
    pattern: /\b50\d (?:urn:[\w:]+)?: [^\n]*/,
    message: "The ACME server failed: $&",
    remedy:
      "wait until it works again; the registry asks again at the next connection, a minute after the last attempt",
  },
  {
    id: "external-account-required",
    pattern: /acme:error:externalAccountRequired/,
    message: "The ACME server takes only accounts that are bound to one of its own (EAB), which Distribution cannot do",
    remedy: "use an ACME directory without external account binding, tls.mode certificate, or a proxy that can",
  },
  {
    id: "account",
    pattern:
      /acme:error:(?:accountDoesNotExist|invalidContact|unsupportedContact|userActionRequired|badPublicKey|badSignatureAlgorithm)[^\n]*/,
    message: "The ACME server has a problem with the account: $&",
    remedy:
      "correct registry.tls.email; after a change of directoryUrl, delete only the file acme_account+key of the volume of the certificates and restart the registry",
  },
  {
    id: "name-refused",
    pattern: /acme:error:(?:rejectedIdentifier|unsupportedIdentifier|caa)[^\n]*/,
    message: "The ACME server does not give certificates for this name: $&",
    remedy:
      "is it a public name, and does its CAA record allow this CA? `dig CAA HOST` for the name and each domain above it",
  },
  {
    id: "challenge",
    pattern: /unable to satisfy "(?<url>[^"]+)" for domain "(?<host>[^"]+)"/,
    message: "The ACME server looked for $<host> and did not find this registry there",
    remedy: "what it saw is written at $<url>",
  },
  {
    id: "challenge",
    pattern: /acme: authorization error for (?<host>\S+?): (?<detail>[^\n]*)/,
    message: "The ACME server looked for $<host> and refused: $<detail>",
    remedy: "see the causes",
  },
  {
    id: "directory-untrusted",
    pattern:
      /(?:"(?<url>https?:[^"]+)": )?[^\n]*x509: (?<why>certificate signed by unknown authority|certificate is (?:valid for|not valid for)[^\n]*)/,
    message: "The registry does not trust the ACME server: $<why>",
    remedy: "registry.tls.caFile must be the CA that signed the ACME server's own address, as PEM",
  },
  {
    id: "clock",
    pattern:
      /x509: certificate has expired or is not yet valid[^\n]*|autocert: (?:certificate is not valid yet|expired certificate)/,
    message: "By the Docker host's clock a certificate is not valid: $&",
    remedy:
      "compare `date -u` on the Docker host with a clock that is right; switch time synchronisation on, then restart the registry",
  },
  {
    id: "directory-unreachable",
    pattern:
      /(?:Get|Post|Head) "(?<url>https?:[^"]+)": [^\n]*?(?<why>connection refused|no such host|i\/o timeout|network is unreachable|no route to host|context deadline exceeded|server misbehaving|connection reset by peer|EOF)/,
    message: "The registry does not reach the ACME server at $<url>: $<why>",
    remedy:
      "the container needs a way out: DNS and port 443 from the Docker host, and registry.tls.directoryUrl must be right. Distribution knows no HTTP proxy of its own: set HTTPS_PROXY in registry.environment where there is one",
  },
  {
    id: "directory-wrong",
    pattern:
      /\b404 ?: [^\n]*|invalid character '[^']*' looking for|ACME server doesn't support RFC 8555|acme:error:malformed[^\n]*/,
    message: "What answers at registry.tls.directoryUrl is no ACME directory: $&",
    remedy: "correct the URL, path included, e.g. https://acme.example.com/acme/acme/directory for step-ca",
  },
  {
    id: "cache",
    pattern:
      /(?:open|mkdir|write|rename) \S*: (?<why>not a directory|permission denied|no space left on device|read-only file system)/,
    message: "The registry cannot keep its certificates: $&",
    remedy: "look at the volume that is mounted at /acme: full disk, or something else put there?",
  },
  {
    id: "retry-later",
    pattern: /acme\/autocert: missing certificate/,
    message: "An attempt failed less than a minute ago; the registry tries again after that",
    remedy: "the cause is further up in the registry's log",
  },
  {
    id: "acme-error",
    pattern: /urn:ietf:params:acme:error:(?<type>\w+): (?<detail>[^\n]*)/,
    message: "The ACME server refuses ($<type>): $<detail>",
    remedy: "its documentation says more",
  },
];

/** What is always there: health checks that only connect, clients that do not trust, scanners. */
const NOISE =
  /^(?:EOF|remote error: tls: .*|tls: .*|client sent an HTTP request.*|read tcp .*|write tcp .*|.*i\/o timeout)$/;
const LINE = /TLS handshake error from \S+: (?<cause>[^\n]+)/g;

/**
 * Finds the newest reason in a registry's log; a retry that only says that one failed before does not hide it.
 *
 * @param log the registry's standard error, whole or its end
 */
export function findAcmeFailure(log: string): AcmeFailure | undefined {
  const causes = [...log.matchAll(LINE)]
    .map(({ groups }) => (groups?.cause ?? "").trim())
    .filter((cause) => !NOISE.test(cause) || /^(?:Get|Post|Head) "/.test(cause))
    .reverse();
  const cause = causes.find((one) => !/missing certificate/.test(one)) ?? causes[0];
  return cause === undefined ? undefined : explain(cause);
}

function explain(line: string): AcmeFailure {
  for (const { id, pattern, message, remedy } of KNOWN) {
    const match = pattern.exec(line);
    if (!match) continue;
    const fill = (text: string) =>
      text.replace(/\$(?:<(\w+)>|&)/g, (_, name?: string) => (name ? (match.groups?.[name] ?? "?") : match[0]).trim());
    return { id, line, message: fill(message), remedy: fill(remedy), isChallenge: id === "challenge" };
  }
  return {
    id: "unknown",
    line,
    message: "The registry got no certificate, for a reason that is not known here",
    remedy: "the registry's line says what its library says",
    isChallenge: false,
  };
}
