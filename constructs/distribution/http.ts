import { isIP } from "node:net";
import { z } from "zod";
import { CIPHER_SUITE, CLIENT_AUTH, TLS_VERSION } from "../values/choices";
import { duration, form, headers, hostPort, path, text, url } from "./values";

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
    clientauth: z.enum(CLIENT_AUTH.words).optional(),
    minimumtls: z.enum(TLS_VERSION.words).optional(),
    ciphersuites: z.array(z.enum(CIPHER_SUITE.words)).optional(),
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
