import { Fn } from "cdktf";
import type { IConstruct } from "constructs";
import type { ContainerFile } from "../platform/platform";
import { check, checkEach, notEmpty } from "../rules/checks";
import type { TlsPlace } from "../rules/tls";
import { CIPHER_SUITE, CLIENT_AUTH, TLS_VERSION } from "../values/choices";
import { MINIMUM_TLS } from "../values/defaults";
import { pathFromStack } from "../values/local-path";
import { localPath } from "../values/names";
import { CERTIFICATES, certificateFileProblems } from "./certificate/files";
import { type BoundTls, required, Tls } from "./tls";

/** Certificate files of your own. A renewed file replaces the registry's container, nothing else. */
export interface CertificateOptions {
  /** PEM chain, leaf first, on the machine that runs Terraform. */
  readonly certificateFile: string;
  /** PEM private key, on the machine that runs Terraform; its bytes enter neither the synthesized files nor the state. */
  readonly keyFile: string;
  /** PEM files of CAs whose client certificates are asked for. @default - no client certificates */
  readonly clientCaFiles?: string[];
  /** @default "require-and-verify-client-cert" when `clientCaFiles` are given */
  readonly clientAuth?: (typeof CLIENT_AUTH.words)[number];
  /** @default "tls1.2" */
  readonly minimumVersion?: (typeof TLS_VERSION.words)[number];
  /** @default - Distribution's set, which has no CBC suite */
  readonly cipherSuites?: string[];
}

/** Checked when the configuration is: names that Distribution does not know are refused there. */
type CipherSuite = (typeof CIPHER_SUITE.words)[number];

export class CertificateTls extends Tls<CertificateOptions> {
  public readonly mode = "certificate";

  public override get files() {
    return this.options;
  }

  public override get authority() {
    return { file: this.options.certificateFile, isChain: true };
  }

  public summary() {
    return `certificate ${this.options.certificateFile}`;
  }

  public bind(scope: IConstruct, place: TlsPlace): BoundTls {
    const { certificateFile, keyFile, clientCaFiles = [], clientAuth, minimumVersion, cipherSuites } = this.options;
    const inContainer = (name: string, path: string, mode?: string) => ({
      path: `${CERTIFICATES}/${name}`,
      source: pathFromStack(scope, path),
      ...(mode && { mode }),
    });
    const chain = inContainer("tls.crt", certificateFile);
    const key = inContainer("tls.key", keyFile, "0400");
    const clientCas = clientCaFiles.map((file, n) => inContainer(`client-ca-${n}.pem`, file));
    const tls = {
      certificate: chain.path,
      key: key.path,
      minimumtls: minimumVersion ?? MINIMUM_TLS,
      ...(cipherSuites && { ciphersuites: cipherSuites as CipherSuite[] }),
      ...(clientCas.length > 0 && { clientcas: clientCas.map(({ path }) => path) }),
      ...(clientAuth && { clientauth: clientAuth }),
    };
    return {
      ...this.reach(place),
      configuration: { http: { tls } },
      files: [chain, key, ...clientCas],
      shown: Object.fromEntries([
        sha256("certificate", chain),
        ...clientCas.map((ca, n) => sha256(`clientcas.${n}`, ca)),
      ]),
    };
  }

  public problems() {
    const { certificateFile, keyFile, clientCaFiles, clientAuth, minimumVersion, cipherSuites } = this.options;
    return [
      required("certificateFile", certificateFile, localPath("name the PEM file with the certificate and its chain")),
      required("keyFile", keyFile, localPath("name the PEM file with the private key")),
      notEmpty("clientCaFiles", clientCaFiles),
      ...checkEach("clientCaFiles", clientCaFiles, localPath("name a PEM file")),
      check("clientAuth", clientAuth, CLIENT_AUTH),
      check("minimumVersion", minimumVersion, TLS_VERSION),
      notEmpty("cipherSuites", cipherSuites),
      ...checkEach("cipherSuites", cipherSuites, CIPHER_SUITE),
    ];
  }

  public override fileProblems(scope: IConstruct, host: string) {
    return certificateFileProblems(scope, this.options, host);
  }
}

/** What a plan shows of a file that is public. */
function sha256(key: string, { source = "" }: ContainerFile) {
  return [`http.tls.${key} sha256`, Fn.filesha256(source)];
}
