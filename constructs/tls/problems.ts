import { check, checkEach } from "../rules/checks";
import { type Problem, within } from "../rules/errors";
import { ACME_DIRECTORY, CERTIFIABLE_HOST, PROXY_URL } from "../values/addresses";
import { CIPHER_SUITE, CLIENT_AUTH, TLS_MODE, TLS_VERSION } from "../values/choices";
import { dockerName, EMAIL, localPath, REASON } from "../values/names";
import type { ValueType } from "../values/value";
import type { Tls } from "./tls";

/** What is wrong with the single options of a TLS choice. */
export function tlsProblems(tls: Tls): (Problem | undefined)[] {
  const one = (option: string, value: unknown, type: ValueType) => check(option, value, type);
  const required = (option: string, value: unknown, type: ValueType) =>
    value === undefined ? { option, rule: `is required and ${type.rule}`, fix: type.fix } : check(option, value, type);
  const problems = () => {
    switch (tls.mode) {
      case "none":
        return [one("reason", tls.reason, REASON)];
      case "lets-encrypt":
        return [
          required("email", tls.email, EMAIL),
          tls.hosts?.length ? undefined : NO_HOSTS,
          ...checkEach("hosts", tls.hosts, CERTIFIABLE_HOST),
          one("directoryUrl", tls.directoryUrl, ACME_DIRECTORY),
          one("caFile", tls.caFile, localPath("name the PEM file with the ACME server's CA")),
        ];
      case "certificate":
        return [
          required(
            "certificateFile",
            tls.certificateFile,
            localPath("name the PEM file with the certificate and its chain"),
          ),
          required("keyFile", tls.keyFile, localPath("name the PEM file with the private key")),
          notEmpty("clientCaFiles", tls.clientCaFiles),
          ...checkEach("clientCaFiles", tls.clientCaFiles, localPath("name a PEM file")),
          one("clientAuth", tls.clientAuth, CLIENT_AUTH),
          one("minimumVersion", tls.minimumVersion, TLS_VERSION),
          notEmpty("cipherSuites", tls.cipherSuites),
          ...checkEach("cipherSuites", tls.cipherSuites, CIPHER_SUITE),
        ];
      case "behind-proxy":
        return [
          required("url", tls.url, PROXY_URL),
          one("reason", tls.reason, REASON),
          one("network", tls.network, dockerName("network")),
        ];
      default:
        return [one("mode", (tls as { mode?: unknown }).mode ?? "nothing", TLS_MODE)];
    }
  };
  return within("tls", problems());
}

function notEmpty(option: string, list: readonly unknown[] | undefined): Problem | undefined {
  if (list === undefined || list.length > 0) return undefined;
  return { option, rule: "must not be an empty list", got: "none", fix: "leave it out" };
}

const NO_HOSTS: Problem = {
  option: "hosts",
  rule: "must name at least one host",
  got: "none",
  fix: "with none, every handshake is refused",
};
