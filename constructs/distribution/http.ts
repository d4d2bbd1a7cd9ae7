import { isIP } from "node:net";
import { z } from "zod";
import { duration, form, headers, hostPort, path, text, url } from "./values";

/** The cipher suites that registry 3.1's code knows (registry/registry.go); its documentation lists others. */
export const CIPHER_SUITES = [
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_AES_128_GCM_SHA256",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
  "TLS_RSA_WITH_AES_128_CBC_SHA",
  "TLS_RSA_WITH_AES_256_CBC_SHA",
  "TLS_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
  "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
] as const;

export const CLIENT_AUTH = [
  "request-client-cert",
  "require-any-client-cert",
  "verify-client-cert-if-given",
  "require-and-verify-client-cert",
] as const;

const isDnsName = (name: string) => name.includes(".") && !name.includes("*") && isIP(name) === 0;

const letsencrypt = z.strictObject({
  // A directory, although Distribution's documentation calls it a file; without it the registry speaks plain HTTP.
  cachefile: path(),
  email: form(/^\S+@\S+$/, "must be an e-mail address"),
  hosts: z
    .array(z.string().refine(isDnsName, { error: "must be a DNS name with a dot, no address and no wildcard" }))
    .min(1, "must name at least one host: with none, every handshake is refused"),
  directoryurl: url().optional(),
});

const tls = z
  .strictObject({
    certificate: path().optional(),
    key: path().optional(),
    clientcas: z.array(path()).min(1, "must not be empty").optional(),
    clientauth: z.enum(CLIENT_AUTH).optional(),
    minimumtls: z.enum(["tls1.2", "tls1.3"]).optional(),
    ciphersuites: z.array(z.enum(CIPHER_SUITES)).optional(),
    letsencrypt: letsencrypt.optional(),
  })
  .refine((tls) => (tls.certificate === undefined) === (tls.key === undefined), {
    path: ["certificate"],
    error: "must be given together with key",
  })
  .refine((tls) => (tls.certificate === undefined) !== (tls.letsencrypt === undefined), {
    error: "must have either certificate and key, or letsencrypt",
  })
  .refine((tls) => tls.clientauth === undefined || tls.clientcas !== undefined, {
    path: ["clientauth"],
    error: "needs clientcas, or Distribution ignores it",
  })
  .refine((tls) => tls.clientcas === undefined || tls.letsencrypt === undefined, {
    path: ["clientcas"],
    error: "must not be used with letsencrypt: the ACME server has no client certificate",
  })
  .refine((tls) => tls.ciphersuites === undefined || tls.minimumtls !== "tls1.3", {
    path: ["ciphersuites"],
    error: "are ignored with tls1.3",
  });

/** `http`. */
export const http = z
  .strictObject({
    addr: text(),
    net: z.enum(["tcp", "unix"]).optional(),
    prefix: form(/^\/(.*\/)?$/, "must begin and end with a slash").optional(),
    host: url().optional(),
    secret: text(),
    relativeurls: z.boolean().optional(),
    draintimeout: duration().optional(),
    headers: headers().optional(),
    http2: z.strictObject({ disabled: z.boolean() }).optional(),
    h2c: z.strictObject({ enabled: z.boolean() }).optional(),
    tls: tls.optional(),
    debug: z
      .strictObject({
        addr: hostPort(),
        prometheus: z
          .strictObject({ enabled: z.boolean(), path: form(/^\//, "must begin with a slash").optional() })
          .optional(),
      })
      .optional(),
  })
  .refine((http) => http.net === "unix" || /^\S*:\d{1,5}$/.test(http.addr), {
    path: ["addr"],
    error: "must be host:port, e.g. :5000",
  })
  .refine((http) => http.host === undefined || http.relativeurls !== true, {
    path: ["relativeurls"],
    error: "must not be true together with host, which Distribution prefers",
  });
