import { oneOf } from "./value";

// Lists of words, one definition each.

export const RESTART = oneOf("no", "on-failure", "always", "unless-stopped");
export type RestartPolicy = (typeof RESTART.words)[number];

export const LOG_LEVEL = oneOf("error", "warn", "info", "debug");
export const LOG_FORMAT = oneOf("text", "json", "logstash");

/** Docker's drivers that take no secret as an option. */
export const LOG_DRIVER = oneOf("json-file", "local", "journald", "syslog", "fluentd", "gelf");

export const EVENT_ACTION = oneOf("pull", "push", "mount", "delete");

export const TLS_VERSION = oneOf("tls1.2", "tls1.3");

export const CLIENT_AUTH = oneOf(
  "request-client-cert",
  "require-any-client-cert",
  "verify-client-cert-if-given",
  "require-and-verify-client-cert",
);

/** The cipher suites that registry 3.1's code knows (registry/registry.go); its documentation lists others. */
export const CIPHER_SUITE = oneOf(
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_AES_128_GCM_SHA256",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
  "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
  "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
  "TLS_RSA_WITH_AES_128_CBC_SHA",
  "TLS_RSA_WITH_AES_256_CBC_SHA",
  "TLS_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_RSA_WITH_AES_256_GCM_SHA384",
);

/** Where the keys of an S3 service come from. */
export const KEYS_FROM = oneOf("secrets", "machine-role");

export const STORAGE_CLASS = oneOf(
  "NONE",
  "STANDARD",
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "OUTPOSTS",
  "GLACIER_IR",
  "EXPRESS_ONEZONE",
);

export const OBJECT_ACL = oneOf(
  "private",
  "public-read",
  "public-read-write",
  "authenticated-read",
  "aws-exec-read",
  "bucket-owner-read",
  "bucket-owner-full-control",
);

/** What somebody may do with a repository. */
export const RIGHT = oneOf("pull", "push", "delete");

/** What a taint of a node does to pods that do not tolerate it, in Kubernetes' words. */
export const TAINT_EFFECT = oneOf("NoSchedule", "PreferNoSchedule", "NoExecute");

/** How clients outside of a cluster get in. */
export const EXPOSED_BY = oneOf("load-balancer", "node-port", "ingress");
