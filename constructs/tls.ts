import { isIP } from "node:net";
import { isLoopback } from "./checks";
import type { DistributionOverrides } from "./distribution/configuration";
import type { CIPHER_SUITES, CLIENT_AUTH } from "./distribution/http";
import type { Problem } from "./errors";
import type { ContainerFile, PublishedPort } from "./platform/platform";

/** How clients' connections are protected; exactly one way is chosen. */
export type Tls = NoTls | LetsEncryptTls | CertificateTls | BehindProxyTls;

/** Plain HTTP: for loopback, or with a reason that a reviewer can read. */
export interface NoTls {
  readonly mode: "none";
  /** Why plain HTTP is right here. @default - refused unless the registry is published on loopback */
  readonly reason?: string;
}

/** Certificates from an ACME server, by tls-alpn-01: port 443 must reach the registry with TLS untouched. */
export interface LetsEncryptTls {
  readonly mode: "lets-encrypt";
  /** Where the ACME server writes about trouble. */
  readonly email: string;
  /** Exact names to get certificates for; the name that clients use must be among them. */
  readonly hosts: string[];
  /** The ACME server's directory, or `staging` for Let's Encrypt's test service. @default - Let's Encrypt */
  readonly directoryUrl?: string;
  /** PEM file with the CA of a private ACME server, on the machine that runs Terraform. @default - public CAs */
  readonly caFile?: string;
}

/** Certificate files of your own. A renewed file replaces the registry's container, nothing else. */
export interface CertificateTls {
  readonly mode: "certificate";
  /** PEM chain, leaf first, on the machine that runs Terraform. */
  readonly certificateFile: string;
  /** PEM private key, on the machine that runs Terraform; its bytes enter neither the synthesized files nor the state. */
  readonly keyFile: string;
  /** PEM files of CAs whose client certificates are asked for. @default - no client certificates */
  readonly clientCaFiles?: string[];
  /** @default "require-and-verify-client-cert" when `clientCaFiles` are given */
  readonly clientAuth?: (typeof CLIENT_AUTH)[number];
  /** @default "tls1.2" */
  readonly minimumVersion?: "tls1.2" | "tls1.3";
  /** @default - Distribution's set, which has no CBC suite */
  readonly cipherSuites?: string[];
}

/** A proxy in front speaks HTTPS and forwards plain HTTP on loopback or a private network. */
export interface BehindProxyTls {
  readonly mode: "behind-proxy";
  /** The URL that clients use. */
  readonly url: string;
  /** Answers with relative `Location`s, which no proxy can get wrong. @default true */
  readonly relativeUrls?: boolean;
  /** An existing network on which the proxy reaches the registry as `<name>-registry:5000`. @default - the published port */
  readonly network?: string;
}

/** What a TLS choice adds to the registry. */
export interface TlsSetup {
  readonly scheme: "http" | "https";
  readonly configuration: DistributionOverrides;
  readonly files: ContainerFile[];
  readonly environment: Record<string, string>;
  /** Directory that must outlive the container. @default - none */
  readonly cacheDirectory?: string;
}

/** Checked when the configuration is: names that Distribution does not know are refused there. */
type CipherSuite = (typeof CIPHER_SUITES)[number];

const CERTS = "/etc/distribution/certs";
const CACHE = "/acme";
const STAGING = "https://acme-staging-v02.api.letsencrypt.org/directory";

/** Turns a TLS choice into configuration and files. `localFile` makes a path that Terraform finds. */
export function setUpTls(tls: Tls, localFile: (path: string) => string): TlsSetup {
  const plain = { scheme: "http", configuration: {}, files: [], environment: {} } as const;
  switch (tls.mode) {
    case "none":
      return { ...plain, files: [] };
    case "behind-proxy":
      return {
        ...plain,
        scheme: tls.url.startsWith("https:") ? "https" : "http",
        configuration: { http: { host: tls.url, relativeurls: tls.relativeUrls ?? true } },
        files: [],
      };
    case "lets-encrypt":
      return {
        scheme: "https",
        configuration: {
          http: {
            tls: {
              letsencrypt: {
                cachefile: CACHE,
                email: tls.email,
                hosts: tls.hosts,
                ...(tls.directoryUrl && { directoryurl: tls.directoryUrl === "staging" ? STAGING : tls.directoryUrl }),
              },
            },
          },
        },
        files: tls.caFile ? [{ path: `${CERTS}/acme-ca.pem`, source: localFile(tls.caFile) }] : [],
        // Go reads this file instead of the bundle, and still scans /etc/ssl/certs: public CAs stay trusted.
        environment: tls.caFile ? { SSL_CERT_FILE: `${CERTS}/acme-ca.pem` } : {},
        cacheDirectory: CACHE,
      };
    case "certificate":
      return { scheme: "https", ...certificate(tls, localFile), environment: {} };
  }
}

function certificate(tls: CertificateTls, localFile: (path: string) => string) {
  const clientCas = (tls.clientCaFiles ?? []).map((file, n) => ({ path: `${CERTS}/client-ca-${n}.pem`, file }));
  const configuration: DistributionOverrides = {
    http: {
      tls: {
        certificate: `${CERTS}/tls.crt`,
        key: `${CERTS}/tls.key`,
        minimumtls: tls.minimumVersion ?? "tls1.2",
        ...(tls.cipherSuites && { ciphersuites: tls.cipherSuites as CipherSuite[] }),
        ...(clientCas.length > 0 && { clientcas: clientCas.map((ca) => ca.path) }),
        ...(tls.clientAuth && { clientauth: tls.clientAuth }),
      },
    },
  };
  const files: ContainerFile[] = [
    { path: `${CERTS}/tls.crt`, source: localFile(tls.certificateFile) },
    { path: `${CERTS}/tls.key`, source: localFile(tls.keyFile), mode: "0400" },
    ...clientCas.map(({ path, file }) => ({ path, source: localFile(file) })),
  ];
  return { configuration, files };
}

/** What is wrong with a TLS choice for a registry that is published there and called `host` by its clients. */
export function tlsProblems(tls: Tls, host: string, publish: PublishedPort): Problem[] {
  const loopback = isLoopback(publish.address ?? "127.0.0.1");
  switch (tls.mode) {
    case "none":
      return loopback || tls.reason
        ? []
        : [
            {
              option: "tls",
              rule: "must not be none on an address others reach, without a reason",
              got: publish.address,
              fix: "publish on 127.0.0.1, choose another mode, or give `reason`",
            },
          ];
    case "lets-encrypt":
      return letsEncryptProblems(tls, host, publish, loopback);
    case "behind-proxy":
      return loopback || tls.network
        ? []
        : [
            {
              option: "publish.address",
              rule: "must be loopback behind a proxy",
              got: publish.address,
              fix: "publish on 127.0.0.1, or give `tls.network`",
            },
          ];
    case "certificate":
      return [];
  }
}

function letsEncryptProblems(tls: LetsEncryptTls, host: string, publish: PublishedPort, loopback: boolean): Problem[] {
  const bad = tls.hosts.filter((name) => !name.includes(".") || name.includes("*") || isIP(name) !== 0);
  const checks: [boolean, Problem][] = [
    [
      tls.hosts.length === 0,
      { option: "tls.hosts", rule: "must name at least one host", fix: "with none, every handshake is refused" },
    ],
    [
      bad.length > 0,
      { option: "tls.hosts", rule: "must be DNS names with a dot, no addresses, no wildcards", got: bad.join(", ") },
    ],
    [
      !tls.hosts.includes(host),
      {
        option: "tls.hosts",
        rule: "must contain the name clients use",
        got: tls.hosts.join(", "),
        fix: `add '${host}'`,
      },
    ],
    [
      !tls.directoryUrl && loopback,
      {
        option: "publish.address",
        rule: "must be reachable by Let's Encrypt",
        got: publish.address ?? "127.0.0.1",
        fix: "publish on 0.0.0.0",
      },
    ],
    [
      !tls.directoryUrl && publish.port !== 443,
      {
        option: "publish.port",
        rule: "must be 443 for Let's Encrypt",
        got: publish.port,
        fix: "tls-alpn-01 uses no other port",
      },
    ],
  ];
  return checks.filter(([broken]) => broken).map(([, problem]) => problem);
}
