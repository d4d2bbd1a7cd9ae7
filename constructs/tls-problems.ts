import { isIP } from "node:net";
import { certificateFileProblems } from "./certificate-files";
import type { Problem } from "./errors";
import type { PublishedPort } from "./platform/platform";
import type { LetsEncryptTls, Tls } from "./tls";
import { isLoopback } from "./values/ip";

const LETS_ENCRYPT = /^https:\/\/[^/]*\.letsencrypt\.org(?:[:/]|$)/;

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
      return certificateFileProblems(tls, host);
  }
}

function letsEncryptProblems(tls: LetsEncryptTls, host: string, publish: PublishedPort, loopback: boolean): Problem[] {
  const bad = tls.hosts.filter((name) => !name.includes(".") || name.includes("*") || isIP(name) !== 0);
  const isPublicService = !tls.directoryUrl || tls.directoryUrl === "staging" || LETS_ENCRYPT.test(tls.directoryUrl);
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
      isPublicService && loopback,
      {
        option: "publish.address",
        rule: "must be reachable by Let's Encrypt",
        got: publish.address ?? "127.0.0.1",
        fix: "publish on 0.0.0.0",
      },
    ],
    [
      isPublicService && publish.port !== 443,
      {
        option: "publish.port",
        rule: "must be 443 for Let's Encrypt",
        got: publish.port,
        fix: "tls-alpn-01 uses no other port",
      },
    ],
    [
      isPublicService && tls.caFile !== undefined,
      {
        option: "tls.caFile",
        rule: "is for a private ACME server only",
        fix: "give 'tls.directoryUrl', or leave it out",
      },
    ],
    [
      tls.directoryUrl !== undefined && tls.directoryUrl !== "staging" && !tls.directoryUrl.startsWith("https://"),
      {
        option: "tls.directoryUrl",
        rule: "must be staging or an https:// URL",
        got: tls.directoryUrl,
        fix: "ACME works over HTTPS only",
      },
    ],
  ];
  return checks.filter(([broken]) => broken).map(([, problem]) => problem);
}
