import { BehindProxyTls } from "./behind-proxy";
import { CertificateTls } from "./certificate-tls";
import { LetsEncryptTls } from "./lets-encrypt";
import { NoTls } from "./no-tls";
import type { Tls } from "./tls";

export type { BehindProxyOptions } from "./behind-proxy";
export type { CertificateOptions } from "./certificate-tls";
export type { LetsEncryptOptions } from "./lets-encrypt";
export type { NoTlsOptions } from "./no-tls";

/** How clients' connections are protected; exactly one way is chosen. */
export type RegistryTls = Tls;

/**
 * The ways to protect clients' connections.
 *
 * @example RegistryTls.letsEncrypt({ email: "registry-admins@example.com", hosts: ["registry.example.com"] })
 */
export const RegistryTls = {
  /** Plain HTTP: for loopback, or with a reason that a reviewer can read. */
  none: (options: NoTls["options"] = {}): RegistryTls => new NoTls(options),
  /** Certificates from an ACME server: port 443 must reach the registry with TLS untouched. */
  letsEncrypt: (options: LetsEncryptTls["options"]): RegistryTls => new LetsEncryptTls(options),
  /** Certificate files of your own. */
  certificate: (options: CertificateTls["options"]): RegistryTls => new CertificateTls(options),
  /** A proxy in front speaks HTTPS and forwards plain HTTP. */
  behindProxy: (options: BehindProxyTls["options"]): RegistryTls => new BehindProxyTls(options),
};
