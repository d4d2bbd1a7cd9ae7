import type { PublishedPort } from "../platform/platform";
import type { Tls } from "../tls/tls";
import { isLocalName } from "../values/addresses";
import { isLoopback, isPrivate } from "../values/ip";
import { publishedAddresses } from "../values/publish";
import { type OptionRule, unless } from "./rule";

type LetsEncrypt = Extract<Tls, { mode: "lets-encrypt" }>;

/** What TLS depends on, defaults filled in. */
export interface TlsChoices {
  readonly host: string;
  readonly publish: PublishedPort;
  readonly tls: Tls;
}

type Check<M extends Tls["mode"]> = (
  tls: Extract<Tls, { mode: M }>,
  choices: TlsChoices,
) => ReturnType<OptionRule<TlsChoices>["check"]>;

/** A rule about one TLS mode. */
function rule<M extends Tls["mode"]>(
  mode: M,
  id: string,
  reads: readonly string[],
  check: Check<M>,
): OptionRule<TlsChoices> {
  return {
    id,
    reads: ["tls.mode", ...reads],
    check: (choices) => (choices.tls.mode === mode ? check(choices.tls as Extract<Tls, { mode: M }>, choices) : []),
  };
}

/** Rules about how connections are encrypted, and what that asks of the rest. */
export const tlsRules: readonly OptionRule<TlsChoices>[] = [
  rule("none", "tls-none-needs-reason", ["tls", "publish.address"], ({ reason }, { publish }) =>
    unless(
      reason !== undefined || publishedAddresses(publish).every(isLoopback),
      "tls",
      "must not be none off loopback without a written reason: every request carries the password",
      `publish.address ${publishedAddresses(publish).join(", ")}`,
      "choose another mode, set publish.address to 127.0.0.1, or say why in tls.reason",
    ),
  ),
  rule("lets-encrypt", "lets-encrypt-covers-host", ["tls.hosts", "host"], ({ hosts }, { host }) =>
    unless(
      hosts.includes(host),
      "tls.hosts",
      `must contain host ${host}, the name that clients use`,
      hosts.join(", "),
      `add ${host}, if it is a public name, or correct host`,
    ),
  ),
  rule("lets-encrypt", "lets-encrypt-needs-public-names", ["tls.directoryUrl", "tls.hosts"], (tls) =>
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
  ),
  rule("lets-encrypt", "lets-encrypt-needs-443", ["tls.directoryUrl", "publish.port"], (tls, { publish }) =>
    unless(
      publish.port === 443 || hasPrivateServer(tls),
      "publish.port",
      "must be 443 with tls.mode lets-encrypt, which checks the name there",
      publish.port,
      "set it to 443",
    ),
  ),
  rule(
    "lets-encrypt",
    "lets-encrypt-needs-public-address",
    ["tls.directoryUrl", "publish.address"],
    (tls, { publish }) =>
      unless(
        !publishedAddresses(publish).every(isLoopback) || hasPrivateServer(tls),
        "publish.address",
        "must be reachable from the Internet with tls.mode lets-encrypt, which checks the name there",
        publishedAddresses(publish).join(", "),
        "set it to 0.0.0.0, or to the host's public address",
      ),
  ),
  rule("lets-encrypt", "lets-encrypt-ca-needs-directory", ["tls.directoryUrl", "tls.caFile"], (tls) =>
    unless(
      tls.caFile === undefined || hasPrivateServer(tls),
      "tls.caFile",
      "is for a private ACME server only",
      tls.directoryUrl ?? "Let's Encrypt's own directory",
      "set tls.directoryUrl to that server's directory, or remove caFile",
    ),
  ),
  rule(
    "certificate",
    "certificate-and-key-differ",
    ["tls.certificateFile", "tls.keyFile"],
    ({ certificateFile, keyFile }) =>
      unless(
        certificateFile !== keyFile,
        "tls.keyFile",
        "must not be the file of the certificate, which everybody may read",
        keyFile,
        "keep the private key in a file of its own",
      ),
  ),
  rule(
    "certificate",
    "cipher-suites-need-tls12",
    ["tls.minimumVersion", "tls.cipherSuites"],
    ({ minimumVersion, cipherSuites }) =>
      unless(
        cipherSuites === undefined || minimumVersion !== "tls1.3",
        "tls.cipherSuites",
        "has no effect with minimumVersion tls1.3",
        "both",
        "remove one of the two",
      ),
  ),
  rule(
    "certificate",
    "client-auth-needs-ca",
    ["tls.clientAuth", "tls.clientCaFiles"],
    ({ clientAuth, clientCaFiles }) =>
      unless(
        clientAuth === undefined || clientCaFiles !== undefined,
        "tls.clientAuth",
        "has no effect without clientCaFiles",
        clientAuth,
        "name the CA's file in tls.clientCaFiles, or remove clientAuth",
      ),
  ),
  rule("behind-proxy", "proxy-url-names-host", ["tls.url", "host"], ({ url }, { host }) =>
    unless(
      new URL(url).hostname.replace(/^\[|\]$/g, "") === host,
      "tls.url",
      `must have host ${host} as its host`,
      url,
      "write the name that clients use in both",
    ),
  ),
  rule("behind-proxy", "proxy-reached-in-private", ["tls.network", "publish.address"], ({ network }, { publish }) =>
    unless(
      network !== undefined || publishedAddresses(publish).every(isPrivate),
      "publish.address",
      "must be loopback or private behind a proxy: the published port speaks plain HTTP",
      publish.address,
      "set it to 127.0.0.1 or to a private address, or name the proxy's Docker network in tls.network",
    ),
  ),
  rule(
    "behind-proxy",
    "proxy-elsewhere-needs-reason",
    ["tls.network", "tls.reason", "publish.address"],
    ({ network, reason }, { publish }) => {
      const addresses = publishedAddresses(publish);
      return unless(
        network !== undefined || reason !== undefined || !addresses.every(isPrivate) || addresses.every(isLoopback),
        "tls.reason",
        "is required with a proxy on another machine: passwords cross the network between the two in the clear",
        `publish.address ${publishedAddresses(publish).join(", ")}`,
        "say in a sentence why that is acceptable, or set publish.address to 127.0.0.1",
      );
    },
  ),
];

/** Whether another ACME server than Let's Encrypt's is used; it may look elsewhere than at port 443. */
function hasPrivateServer({ directoryUrl }: LetsEncrypt): boolean {
  return (
    directoryUrl !== undefined &&
    directoryUrl !== "staging" &&
    !/^https:\/\/[^/]*\.letsencrypt\.org(?:[:/]|$)/.test(directoryUrl)
  );
}
