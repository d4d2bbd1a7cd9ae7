import { isLoopback, isPrivate } from "../../constructs/values/ip";
import type { Environment } from "../schema";
import { type Rule, unless } from "./rule";

type Tls = Environment["registry"]["tls"];
type LetsEncrypt = Extract<Tls, { mode: "lets-encrypt" }>;

/** A rule about one TLS mode. */
function rule<M extends Tls["mode"]>(
  mode: M,
  id: string,
  reads: readonly string[],
  check: (tls: Extract<Tls, { mode: M }>, registry: Environment["registry"]) => ReturnType<Rule["check"]>,
): Rule {
  return {
    id,
    reads: ["registry.tls.mode", ...reads],
    check: ({ registry }) =>
      registry.tls.mode === mode ? check(registry.tls as Extract<Tls, { mode: M }>, registry) : [],
  };
}

/** Rules about how connections are encrypted, and what that asks of the rest. */
export const tlsRules: readonly Rule[] = [
  rule("none", "tls-none-needs-reason", ["registry.tls", "registry.publish.address"], ({ reason }, { publish }) =>
    unless(
      reason !== undefined || isLoopback(publish.address),
      "registry.tls",
      "must not be none off loopback without a written reason: every request carries the password",
      `publish.address ${publish.address}`,
      "choose another mode, set publish.address to 127.0.0.1, or say why in registry.tls.reason",
    ),
  ),
  rule("lets-encrypt", "lets-encrypt-covers-host", ["registry.tls.hosts", "registry.host"], ({ hosts }, { host }) =>
    unless(
      hosts.includes(host),
      "registry.tls.hosts",
      `must contain registry.host ${host}, the name that clients use`,
      hosts.join(", "),
      `add ${host}, if it is a public name, or correct registry.host`,
    ),
  ),
  rule(
    "lets-encrypt",
    "lets-encrypt-needs-443",
    ["registry.tls.directoryUrl", "registry.publish.port"],
    (tls, { publish }) =>
      unless(
        publish.port === 443 || hasPrivateServer(tls),
        "registry.publish.port",
        "must be 443 with tls.mode lets-encrypt, which checks the name there",
        String(publish.port),
        "set it to 443",
      ),
  ),
  rule(
    "lets-encrypt",
    "lets-encrypt-needs-public-address",
    ["registry.tls.directoryUrl", "registry.publish.address"],
    (tls, { publish }) =>
      unless(
        !isLoopback(publish.address) || hasPrivateServer(tls),
        "registry.publish.address",
        "must be reachable from the Internet with tls.mode lets-encrypt, which checks the name there",
        publish.address,
        "set it to 0.0.0.0, or to the host's public address",
      ),
  ),
  rule("lets-encrypt", "lets-encrypt-ca-needs-directory", ["registry.tls.directoryUrl", "registry.tls.caFile"], (tls) =>
    unless(
      tls.caFile === undefined || hasPrivateServer(tls),
      "registry.tls.caFile",
      "is for a private ACME server only",
      tls.directoryUrl ?? "Let's Encrypt's own directory",
      "set registry.tls.directoryUrl to that server's directory, or remove caFile",
    ),
  ),
  rule(
    "certificate",
    "certificate-and-key-differ",
    ["registry.tls.certificateFile", "registry.tls.keyFile"],
    ({ certificateFile, keyFile }) =>
      unless(
        certificateFile !== keyFile,
        "registry.tls.keyFile",
        "must not be the file of the certificate, which everybody may read",
        keyFile,
        "keep the private key in a file of its own",
      ),
  ),
  rule(
    "certificate",
    "cipher-suites-need-tls12",
    ["registry.tls.minimumVersion", "registry.tls.cipherSuites"],
    ({ minimumVersion, cipherSuites }) =>
      unless(
        cipherSuites === undefined || minimumVersion === "tls1.2",
        "registry.tls.cipherSuites",
        "has no effect with minimumVersion tls1.3",
        "both",
        "remove one of the two",
      ),
  ),
  rule(
    "certificate",
    "client-auth-needs-ca",
    ["registry.tls.clientAuth", "registry.tls.clientCaFiles"],
    ({ clientAuth, clientCaFiles }) =>
      unless(
        clientAuth === undefined || clientCaFiles !== undefined,
        "registry.tls.clientAuth",
        "has no effect without clientCaFiles",
        clientAuth,
        "name the CA's file in registry.tls.clientCaFiles, or remove clientAuth",
      ),
  ),
  rule("behind-proxy", "proxy-url-names-host", ["registry.tls.url", "registry.host"], ({ url }, { host }) =>
    unless(
      new URL(url).hostname === host,
      "registry.tls.url",
      `must have registry.host ${host} as its host`,
      url,
      "write the name that clients use in both",
    ),
  ),
  rule(
    "behind-proxy",
    "proxy-keeps-plain-http-inside",
    ["registry.tls.network", "registry.publish.address"],
    ({ network }, { publish }) =>
      unless(
        network !== undefined || isPrivate(publish.address),
        "registry.publish.address",
        "must be loopback or private behind a proxy: the published port speaks plain HTTP",
        publish.address,
        "set it to 127.0.0.1 or to a private address, or name the proxy's Docker network in registry.tls.network",
      ),
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
