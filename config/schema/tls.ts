import { z } from "zod";
import { certifiableHost, choice, dockerName, flag, list, origin, path, text } from "./values";

const ecdhe = (suite: string) => [`TLS_ECDHE_ECDSA_WITH_${suite}`, `TLS_ECDHE_RSA_WITH_${suite}`];

/** What the registry's own code accepts; its documentation lists more, and an unknown name ends it at start. */
const CIPHER_SUITES = [
  ...ecdhe("AES_256_GCM_SHA384"),
  ...ecdhe("CHACHA20_POLY1305_SHA256"),
  ...ecdhe("AES_128_GCM_SHA256"),
  "TLS_AES_128_GCM_SHA256",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_256_GCM_SHA384",
  ...ecdhe("AES_128_CBC_SHA"),
  ...ecdhe("AES_256_CBC_SHA"),
  "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
  "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
  "TLS_RSA_WITH_AES_128_CBC_SHA",
  "TLS_RSA_WITH_AES_256_CBC_SHA",
  "TLS_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_RSA_WITH_AES_256_GCM_SHA384",
];

const none = z.strictObject({
  mode: z.literal("none"),
  reason: text(
    "must be a reason of at least 10 characters",
    "say in a sentence why passwords may cross the network in the clear",
    /^\s*\S[\s\S]{8,}\S\s*$/,
  )
    .optional()
    .describe(
      "Why plain HTTP is acceptable; required when publish.address is not loopback, since every request carries the password. No default.",
    ),
});

const letsEncrypt = z.strictObject({
  mode: z.literal("lets-encrypt"),
  email: text("must be an e-mail address", "write one that somebody reads", /^[^\s@]+@[^\s@]+\.[^\s@]+$/).describe(
    "Address of the ACME account, told about problems. No default.",
  ),
  hosts: list(certifiableHost(), "host names").describe(
    "Names to get certificates for; must contain registry.host. No default: the registry refuses every name that is not listed.",
  ),
  directoryUrl: text(
    "must be staging or an https:// URL",
    "write staging to practise, or the directory of your own ACME server",
    /^(?:staging|https:\/\/[^\s@]+)$/,
  )
    .optional()
    .describe(
      "ACME directory: a URL, or staging for Let's Encrypt's untrusted test server with its generous limits. Default: Let's Encrypt. Each directory's certificates are kept apart, so switching asks for new ones.",
    ),
  caFile: path("name the PEM file with the ACME server's CA")
    .optional()
    .describe("PEM file with the CA of a private ACME server. Default: the public CAs. Needs directoryUrl."),
});

const certificate = z.strictObject({
  mode: z.literal("certificate"),
  certificateFile: path("name the PEM file with the certificate and its chain").describe(
    "PEM file with the certificate and its chain, the server's first. No default. A renewed file shows in the plan, and replaces the registry's container only.",
  ),
  keyFile: path("name the PEM file with the private key").describe("PEM file with the private key. No default."),
  clientCaFiles: list(path("name a PEM file"), "PEM files")
    .optional()
    .describe("PEM files of CAs whose client certificates are accepted. Default: none, clients need no certificate."),
  clientAuth: choice([
    "request-client-cert",
    "require-any-client-cert",
    "verify-client-cert-if-given",
    "require-and-verify-client-cert",
  ])
    .optional()
    .describe(
      "What is asked of clients. Default require-and-verify-client-cert when clientCaFiles is given; without those it has no effect.",
    ),
  minimumVersion: choice(["tls1.2", "tls1.3"])
    .default("tls1.2")
    .describe("Oldest TLS version that clients may speak. Default tls1.2, which every Docker client in use does."),
  cipherSuites: list(choice(CIPHER_SUITES), "cipher suites")
    .optional()
    .describe(
      "Cipher suites for TLS 1.2, in Go's names. Default: the registry's own. Refused with minimumVersion tls1.3, where they have no effect.",
    ),
});

const behindProxy = z.strictObject({
  mode: z.literal("behind-proxy"),
  url: origin("write what clients use, e.g. https://registry.example.com", "https").describe(
    "URL that clients use; the proxy ends TLS for it. No default. Its host must be registry.host.",
  ),
  relativeUrls: flag()
    .default(false)
    .describe(
      "Answer with locations without a host, for a registry that is reached by several names; notifications then name no host either. Default false: with url, whatever the proxy forwards.",
    ),
  network: dockerName("network")
    .optional()
    .describe(
      "Existing Docker network on which the proxy reaches the registry as NAME-registry:5000; no port is published then. Default: none, the proxy uses the published port.",
    ),
});

/** How clients' connections are encrypted. */
export const tlsSchema = z.discriminatedUnion("mode", [none, letsEncrypt, certificate, behindProxy]);
