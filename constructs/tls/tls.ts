import { Fn } from "cdktf";
import type { DistributionOverrides } from "../distribution/configuration";
import type { ContainerFile } from "../platform/platform";
import type { CIPHER_SUITE, CLIENT_AUTH } from "../values/choices";

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
  /**
   * Refuse every plan that would destroy the certificates' volume: new ones count against the ACME server's limits.
   * @default true
   */
  readonly protectCertificates?: boolean;
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
  readonly clientAuth?: (typeof CLIENT_AUTH.words)[number];
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
  /**
   * Answers with relative `Location`s, for a registry that is reached by several names; notifications then name no host.
   * @default false - with `url`, whatever the proxy forwards
   */
  readonly relativeUrls?: boolean;
  /** Why plain HTTP may cross a network to a proxy on another machine. @default - refused unless the port is published on loopback, or not at all */
  readonly reason?: string;
  /** An existing network on which the proxy reaches the registry as `<name>-registry:5000`; no port is published then. @default - the published port */
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
  /** Whether plans that would destroy that directory are refused. */
  readonly protectsCache: boolean;
  /** Settings that a plan shows beside the configuration's: which files are used, in place of what is in them. */
  readonly shown: Record<string, string>;
  /** Whether the port is published on the host. */
  readonly isPublished: boolean;
  /** Network to join besides. @default - none */
  readonly network?: string;
}

/** Checked when the configuration is: names that Distribution does not know are refused there. */
type CipherSuite = (typeof CIPHER_SUITE.words)[number];

const CERTS = "/etc/distribution/certs";
const CACHE = "/acme";
const PRODUCTION = "https://acme-v02.api.letsencrypt.org/directory";
const STAGING = "https://acme-staging-v02.api.letsencrypt.org/directory";

/** Turns a TLS choice into configuration and files. `localFile` makes a path that Terraform finds. */
export function setUpTls(tls: Tls, localFile: (path: string) => string): TlsSetup {
  const plain: TlsSetup = {
    scheme: "http",
    configuration: {},
    files: [],
    environment: {},
    shown: {},
    protectsCache: true,
    isPublished: true,
  };
  switch (tls.mode) {
    case "none":
      return plain;
    case "behind-proxy":
      return {
        ...plain,
        scheme: tls.url.startsWith("https:") ? "https" : "http",
        // One or the other: with `host`, Distribution ignores `relativeurls`.
        configuration: { http: tls.relativeUrls ? { relativeurls: true } : { host: tls.url } },
        network: tls.network,
        isPublished: tls.network === undefined,
      };
    case "lets-encrypt":
      return { ...plain, scheme: "https", ...letsEncrypt(tls, localFile) };
    case "certificate":
      return { ...plain, scheme: "https", ...certificate(tls, localFile) };
  }
}

function letsEncrypt(
  { directoryUrl, caFile, email, hosts, protectCertificates = true }: LetsEncryptTls,
  localFile: (path: string) => string,
) {
  const directoryurl = directoryUrl && acmeDirectoryUrl(directoryUrl);
  const letsencrypt = { cachefile: acmeDirectory(directoryUrl), email, hosts, ...(directoryurl && { directoryurl }) };
  const ca = caFile && { path: `${CERTS}/acme-ca.pem`, source: localFile(caFile) };
  return {
    configuration: { http: { tls: { letsencrypt } } },
    files: ca ? [ca] : [],
    // Go reads this file instead of the bundle, and still scans /etc/ssl/certs: public CAs stay trusted.
    environment: ca ? { SSL_CERT_FILE: ca.path } : ({} as Record<string, string>),
    cacheDirectory: CACHE,
    protectsCache: protectCertificates,
    shown: ca ? { "http.tls.letsencrypt ca sha256": Fn.filesha256(ca.source) } : ({} as Record<string, string>),
  };
}

/** An ACME server's directory, written out. */
export function acmeDirectoryUrl(directoryUrl: string | undefined): string {
  return directoryUrl === "staging" ? STAGING : (directoryUrl ?? PRODUCTION);
}

/**
 * Where in the registry's container the certificates of an ACME server are. Each server has a directory of its own: else one
 * from the test service would be served until it ends, long after the switch.
 */
export function acmeDirectory(directoryUrl: string | undefined): string {
  if (!directoryUrl || directoryUrl === PRODUCTION) return CACHE;
  if (directoryUrl === "staging" || directoryUrl === STAGING) return `${CACHE}/staging`;
  const words = directoryUrl.replace(/^https?:\/\//, "").replace(/[^A-Za-z0-9.-]+/g, "-");
  return `${CACHE}/${words.replace(/-$/, "")}`;
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
  const [chain] = files as [ContainerFile];
  const shown = {
    "http.tls.certificate sha256": Fn.filesha256(chain.source ?? ""),
    ...Object.fromEntries(
      clientCas.map(({ file }, n) => [`http.tls.clientcas.${n} sha256`, Fn.filesha256(localFile(file))]),
    ),
  };
  return { configuration, files, shown };
}
