import type { PublishedPort } from "../platform/platform";
import type { BehindProxyOptions } from "../tls/behind-proxy";
import type { CertificateOptions } from "../tls/certificate-tls";
import type { LetsEncryptOptions } from "../tls/lets-encrypt";
import type { NoTlsOptions } from "../tls/no-tls";
import { isLocalName } from "../values/addresses";
import { isLoopback, isPrivate } from "../values/ip";
import { publishedAddresses } from "../values/publish";
import { type OptionRule, unless } from "./rule";

/** What TLS depends on besides its own options. */
export interface TlsPlace {
  /** The name that clients use. */
  readonly host: string;
  readonly publish: PublishedPort;
}

/** The options of a way to do TLS, with what they depend on. */
export interface TlsChoices<Options> extends TlsPlace {
  readonly tls: Options;
}

type Rules<Options> = readonly OptionRule<TlsChoices<Options>>[];

/** Rules about plain HTTP. */
const noTlsRules: Rules<NoTlsOptions> = [
  {
    id: "tls-none-needs-reason",
    reads: ["tls", "publish.address"],
    check: ({ tls: { reason }, publish }) =>
      unless(
        reason !== undefined || publishedAddresses(publish).every(isLoopback),
        "tls",
        "must not be none off loopback without a written reason: every request carries the password",
        `publish.address ${publishedAddresses(publish).join(", ")}`,
        "choose another mode, set publish.address to 127.0.0.1, or say why in tls.reason",
      ),
  },
];

/** Rules about certificates from an ACME server. */
const letsEncryptRules: Rules<LetsEncryptOptions> = [
  {
    id: "lets-encrypt-covers-host",
    reads: ["tls.hosts", "host"],
    check: ({ tls: { hosts }, host }) =>
      unless(
        hosts.includes(host),
        "tls.hosts",
        `must contain host ${host}, the name that clients use`,
        hosts.join(", "),
        `add ${host}, if it is a public name, or correct host`,
      ),
  },
  {
    id: "lets-encrypt-needs-public-names",
    reads: ["tls.directoryUrl", "tls.hosts"],
    check: ({ tls }) =>
      hasPrivateServer(tls)
        ? []
        : tls.hosts.flatMap((name, n) =>
            unless(
              !isLocalName(name),
              `tls.hosts[${n}]`,
              "must be a public name: Let's Encrypt gives no certificate for one that only a private network knows",
              name,
              "use a name below a domain of yours, tls.mode certificate, or your own ACME server's tls.directoryUrl",
            ),
          ),
  },
  {
    id: "lets-encrypt-needs-443",
    reads: ["tls.directoryUrl", "publish.port"],
    check: ({ tls, publish }) =>
      unless(
        publish.port === 443 || hasPrivateServer(tls),
        "publish.port",
        "must be 443 with tls.mode lets-encrypt, which checks the name there",
        publish.port,
        "set it to 443",
      ),
  },
  {
    id: "lets-encrypt-needs-public-address",
    reads: ["tls.directoryUrl", "publish.address"],
    check: ({ tls, publish }) =>
      unless(
        !publishedAddresses(publish).every(isLoopback) || hasPrivateServer(tls),
        "publish.address",
        "must be reachable from the Internet with tls.mode lets-encrypt, which checks the name there",
        publishedAddresses(publish).join(", "),
        "set it to 0.0.0.0, or to the host's public address",
      ),
  },
  {
    id: "lets-encrypt-ca-needs-directory",
    reads: ["tls.directoryUrl", "tls.caFile"],
    check: ({ tls }) =>
      unless(
        tls.caFile === undefined || hasPrivateServer(tls),
        "tls.caFile",
        "is for a private ACME server only",
        tls.directoryUrl ?? "Let's Encrypt's own directory",
        "set tls.directoryUrl to that server's directory, or remove caFile",
      ),
  },
];

/** Rules about certificate files. */
const certificateRules: Rules<CertificateOptions> = [
  {
    id: "certificate-and-key-differ",
    reads: ["tls.certificateFile", "tls.keyFile"],
    check: ({ tls: { certificateFile, keyFile } }) =>
      unless(
        certificateFile !== keyFile,
        "tls.keyFile",
        "must not be the file of the certificate, which everybody may read",
        keyFile,
        "keep the private key in a file of its own",
      ),
  },
  {
    id: "cipher-suites-need-tls12",
    reads: ["tls.minimumVersion", "tls.cipherSuites"],
    check: ({ tls: { minimumVersion, cipherSuites } }) =>
      unless(
        cipherSuites === undefined || minimumVersion !== "tls1.3",
        "tls.cipherSuites",
        "has no effect with minimumVersion tls1.3",
        "both",
        "remove one of the two",
      ),
  },
  {
    id: "client-auth-needs-ca",
    reads: ["tls.clientAuth", "tls.clientCaFiles"],
    check: ({ tls: { clientAuth, clientCaFiles } }) =>
      unless(
        clientAuth === undefined || clientCaFiles !== undefined,
        "tls.clientAuth",
        "has no effect without clientCaFiles",
        clientAuth,
        "name the CA's file in tls.clientCaFiles, or remove clientAuth",
      ),
  },
];

/** Rules about a proxy that ends TLS. */
const behindProxyRules: Rules<BehindProxyOptions> = [
  {
    id: "proxy-url-names-host",
    reads: ["tls.url", "host"],
    check: ({ tls: { url }, host }) =>
      unless(
        new URL(url).hostname.replace(/^\[|\]$/g, "") === host,
        "tls.url",
        `must have host ${host} as its host`,
        url,
        "write the name that clients use in both",
      ),
  },
  {
    id: "proxy-reached-in-private",
    reads: ["tls.network", "publish.address"],
    check: ({ tls: { network }, publish }) =>
      unless(
        network !== undefined || publishedAddresses(publish).every(isPrivate),
        "publish.address",
        "must be loopback or private behind a proxy: the published port speaks plain HTTP",
        publish.address,
        "set it to 127.0.0.1 or to a private address, name the proxy's Docker network in tls.network, or leave publish out before a Kubernetes Ingress",
      ),
  },
  {
    id: "proxy-elsewhere-needs-reason",
    reads: ["tls.network", "tls.reason", "publish.address"],
    check: ({ tls: { network, reason }, publish }) => {
      const addresses = publishedAddresses(publish);
      return unless(
        network !== undefined || reason !== undefined || !addresses.every(isPrivate) || addresses.every(isLoopback),
        "tls.reason",
        "is required with a proxy on another machine: passwords cross the network between the two in the clear",
        `publish.address ${publishedAddresses(publish).join(", ")}`,
        "say in a sentence why that is acceptable, or set publish.address to 127.0.0.1",
      );
    },
  },
];

/** What other options depend on. */
export interface TlsFacts {
  /** Who answers clients' handshakes. */
  readonly endedBy: "registry" | "proxy" | "nobody";
  /** Nobody but the registry has the certificate: what listens on a port of its own has none. @default false */
  readonly isCertificateInside?: boolean;
}

/** The ways to do TLS by their names in environment files: what each asks of its options, and what is true of it. */
export const tlsModes = {
  none: { rules: noTlsRules, endedBy: "nobody" },
  "lets-encrypt": { rules: letsEncryptRules, endedBy: "registry", isCertificateInside: true },
  certificate: { rules: certificateRules, endedBy: "registry" },
  "behind-proxy": { rules: behindProxyRules, endedBy: "proxy" },
} satisfies Record<string, TlsFacts & { rules: Rules<never> }>;

export type TlsMode = keyof typeof tlsModes;

export const tlsFacts = (mode: TlsMode): TlsFacts => tlsModes[mode];

/** Whether another ACME server than Let's Encrypt's is used; it may look elsewhere than at port 443. */
function hasPrivateServer({ directoryUrl }: LetsEncryptOptions): boolean {
  return (
    directoryUrl !== undefined &&
    directoryUrl !== "staging" &&
    !/^https:\/\/[^/]*\.letsencrypt\.org(?:[:/]|$)/.test(directoryUrl)
  );
}
