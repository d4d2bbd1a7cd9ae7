import { Fn } from "cdktf";
import type { IConstruct } from "constructs";
import { check, checkEach } from "../rules/checks";
import type { TlsPlace } from "../rules/tls";
import { ACME_DIRECTORY, CERTIFIABLE_HOST } from "../values/addresses";
import type { Problem } from "../values/errors";
import { pathFromStack } from "../values/local-path";
import { EMAIL, localPath } from "../values/names";
import { CERTIFICATES, checkFile } from "./certificate/files";
import { type AcmeIssuer, type BoundTls, required, Tls } from "./tls";

/** Certificates from an ACME server, by tls-alpn-01: port 443 must reach the registry with TLS untouched. */
export interface LetsEncryptOptions {
  /** Where the ACME server writes about trouble. */
  readonly email: string;
  /** Exact names to get certificates for; the name that clients use must be among them. */
  readonly hosts: string[];
  /** The ACME server's directory, or `staging` for Let's Encrypt's test service. @default - Let's Encrypt */
  readonly directoryUrl?: string;
  /** PEM file with the CA of a private ACME server, on the machine that runs Terraform. @default - public CAs */
  readonly caFile?: string;
  /**
   * Refuse every plan that would destroy the certificates' volume: new ones count against the ACME server's limits.
   * @default true
   */
  readonly protectCertificates?: boolean;
}

export const ACME_CACHE = "/acme";
const PRODUCTION = "https://acme-v02.api.letsencrypt.org/directory";
const STAGING = "https://acme-staging-v02.api.letsencrypt.org/directory";
const SERVICES: Readonly<Record<string, "public" | "test">> = { [PRODUCTION]: "public", [STAGING]: "test" };

export class LetsEncryptTls extends Tls<LetsEncryptOptions> {
  public readonly mode = "lets-encrypt";

  public override get acme(): AcmeIssuer {
    const { directoryUrl: given, hosts } = this.options;
    const directoryUrl = acmeDirectoryUrl(given);
    return { directoryUrl, service: SERVICES[directoryUrl] ?? "private", hosts, directory: acmeDirectory(given) };
  }

  public override get authority() {
    const { caFile: file } = this.options;
    if (file) return { file, isChain: false };
    return this.acme.service === "public" ? "public" : undefined;
  }

  public summary() {
    return `Let's Encrypt for ${this.options.hosts.join(", ")}, issued at the first connection; kept on volume`;
  }

  public bind(scope: IConstruct, place: TlsPlace): BoundTls {
    const { caFile, email, hosts, protectCertificates = true } = this.options;
    const { directoryUrl, directory } = this.acme;
    const directoryurl = this.options.directoryUrl && directoryUrl;
    const letsencrypt = { cachefile: directory, email, hosts, ...(directoryurl && { directoryurl }) };
    const ca = caFile ? { path: `${CERTIFICATES}/acme-ca.pem`, source: pathFromStack(scope, caFile) } : undefined;
    return {
      ...this.reach(place),
      configuration: { http: { tls: { letsencrypt } } },
      // Losing it means asking for every certificate again, against the ACME server's limits.
      cache: { directory: ACME_CACHE, protect: protectCertificates },
      ...(ca && {
        files: [ca],
        // Go reads this file instead of the bundle, and still scans /etc/ssl/certs: public CAs stay trusted.
        environment: { SSL_CERT_FILE: ca.path },
        shown: { "http.tls.letsencrypt ca sha256": Fn.filesha256(ca.source) },
      }),
    };
  }

  public problems() {
    const { email, hosts, directoryUrl, caFile } = this.options;
    return [
      required("email", email, EMAIL),
      hosts?.length ? undefined : NO_HOSTS,
      ...checkEach("hosts", hosts, CERTIFIABLE_HOST),
      check("directoryUrl", directoryUrl, ACME_DIRECTORY),
      check("caFile", caFile, localPath("name the PEM file with the ACME server's CA")),
    ];
  }

  public override fileProblems(scope: IConstruct) {
    return checkFile(scope, "tls.caFile", this.options.caFile);
  }
}

const NO_HOSTS: Problem = {
  option: "hosts",
  rule: "must name at least one host",
  got: "none",
  fix: "with none, every handshake is refused",
};

/** An ACME server's directory, written out. */
function acmeDirectoryUrl(directoryUrl: string | undefined): string {
  return directoryUrl === "staging" ? STAGING : (directoryUrl ?? PRODUCTION);
}

/**
 * Where in the registry's container the certificates of an ACME server are. Each server has a directory of its own: else one
 * from the test service would be served until it ends, long after the switch.
 */
function acmeDirectory(directoryUrl: string | undefined): string {
  if (!directoryUrl || directoryUrl === PRODUCTION) return ACME_CACHE;
  if (directoryUrl === "staging" || directoryUrl === STAGING) return `${ACME_CACHE}/staging`;
  const words = directoryUrl.replace(/^https?:\/\//, "").replace(/[^A-Za-z0-9.-]+/g, "-");
  return `${ACME_CACHE}/${words.replace(/-$/, "")}`;
}
