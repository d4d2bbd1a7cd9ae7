import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { Failure } from "../failure";

/** CAs that a client of this address trusts besides public ones and the system's: those Docker is told of, and those given. */
export function privateAuthorities(url: string, files: readonly string[] = []): string[] {
  const folder = join("/etc/docker/certs.d", new URL(url).host);
  const ofDocker = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".crt")) : [];
  return [...ofDocker.map((name) => join(folder, name)), ...files].map((path) => {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      throw new Failure(`${path} cannot be read`, "give a PEM file with the CA's certificate", String(error));
    }
  });
}

/** All CAs to trust: public ones, the system's, where administrators put their own, Node.js's `NODE_EXTRA_CA_CERTS`, and the private ones. */
export function trustedAuthorities(own: readonly string[]): string[] {
  const bundles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];
  const system = bundles.find((file) => existsSync(file));
  const extra = process.env.NODE_EXTRA_CA_CERTS;
  // Of an extra file that is not there, Node.js itself warns.
  const files = [system, extra].filter((file) => file && existsSync(file)) as string[];
  return [...rootCertificates, ...files.map((file) => readFileSync(file, "utf8")), ...own];
}
