import { z } from "zod";
import { ACME_DIRECTORY, PROXY_URL } from "../../constructs/values/addresses";
import { CIPHER_SUITE, CLIENT_AUTH, TLS_VERSION } from "../../constructs/values/choices";
import { MINIMUM_TLS } from "../../constructs/values/defaults";
import { EMAIL, REASON } from "../../constructs/values/names";
import { certifiableHost, dockerName, flag, form, list, path, word } from "./values";

const none = z.strictObject({
  mode: z.literal("none"),
  reason: form(REASON)
    .optional()
    .describe(
      "Why plain HTTP is acceptable; required when publish.address is not loopback, since every request carries the password. No default.",
    ),
});

const letsEncrypt = z.strictObject({
  mode: z.literal("lets-encrypt"),
  email: form(EMAIL).describe("Address of the ACME account, told about problems. No default."),
  hosts: list(certifiableHost(), "host names").describe(
    "Names to get certificates for; must contain registry.host. No default: the registry refuses every name that is not listed.",
  ),
  directoryUrl: form(ACME_DIRECTORY)
    .optional()
    .describe(
      "ACME directory: a URL, or staging for Let's Encrypt's untrusted test server with its generous limits. Default: Let's Encrypt. Each directory's certificates are kept apart, so switching asks for new ones.",
    ),
  caFile: path("name the PEM file with the ACME server's CA")
    .optional()
    .describe("PEM file with the CA of a private ACME server. Default: the public CAs. Needs directoryUrl."),
  protectCertificates: flag()
    .default(true)
    .describe(
      "Refuse every plan that would destroy the volume with the certificates. Default true: new ones count against the ACME server's limits.",
    ),
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
  clientAuth: word(CLIENT_AUTH)
    .optional()
    .describe(
      "What is asked of clients. Default require-and-verify-client-cert when clientCaFiles is given; without those it has no effect.",
    ),
  minimumVersion: word(TLS_VERSION)
    .default(MINIMUM_TLS)
    .describe(
      `Oldest TLS version that clients may speak. Default ${MINIMUM_TLS}, which every Docker client in use does.`,
    ),
  cipherSuites: list(word(CIPHER_SUITE), "cipher suites")
    .optional()
    .describe(
      "Cipher suites for TLS 1.2, in Go's names. Default: the registry's own. Refused with minimumVersion tls1.3, where they have no effect.",
    ),
});

const behindProxy = z.strictObject({
  mode: z.literal("behind-proxy"),
  url: form(PROXY_URL).describe(
    "URL that clients use; the proxy ends TLS for it. No default. Its host must be registry.host.",
  ),
  relativeUrls: flag()
    .default(false)
    .describe(
      "Answer with locations without a host, for a registry that is reached by several names; notifications then name no host either. Default false: with url, whatever the proxy forwards.",
    ),
  reason: form(REASON)
    .optional()
    .describe(
      "Why plain HTTP may cross the network to a proxy on another machine; required when publish.address is a private address that is not loopback. No default.",
    ),
  network: dockerName("network")
    .optional()
    .describe(
      "Existing Docker network on which the proxy reaches the registry as NAME-registry:5000; no port is published then. Default: none, the proxy uses the published port.",
    ),
});

/** How clients' connections are encrypted. */
export const tlsSchema = z.discriminatedUnion("mode", [none, letsEncrypt, certificate, behindProxy]);
