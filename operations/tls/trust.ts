import { X509Certificate } from "node:crypto";
import type { Environment } from "../../config";
import { registryTls } from "../../stacks";
import { quote } from "../command";
import { Failure } from "../failure";
import { installScript } from "./trust-script";

/** A file that a client of the registry needs, as it must lie on the client. */
export interface TrustFile {
  /** Relative to the client's root: `etc/docker/certs.d/…`. */
  readonly path: string;
  readonly content: string;
  /** Octal. */
  readonly mode: number;
}

/** PEM files that hold the CA. */
export interface AuthoritySources {
  /** What `--ca` names. */
  readonly given?: Buffer;
  /** What the environment names; see `Tls.authority`. */
  readonly own?: Buffer;
}

/**
 * The CA that clients must trust, as PEM.
 * @throws Failure when clients need none, or when it must be given
 */
export function privateAuthority(environment: Environment, { given, own }: AuthoritySources): string {
  const { name } = environment;
  const { endedBy, authority } = registryTls(environment);
  if (endedBy === "nobody") {
    throw new Failure(
      `${name} speaks plain HTTP: there is no certificate to trust`,
      "choose a registry.tls.mode first",
    );
  }
  if (given) return authoritiesOf(given, "--ca");
  if (typeof authority === "object" && own)
    return authority.isChain ? rootOf(own, authority.file) : authoritiesOf(own, "registry.tls.caFile");
  throw new Failure(
    authority === "public"
      ? "Let's Encrypt is trusted everywhere: clients need nothing"
      : `which CA clients must trust is not in the environment ${name}`,
    "for a private CA, name its file: --ca FILE",
  );
}

function rootOf(chain: Buffer, what: string): string {
  const root = certificatesOf(chain).find(isSelfSigned);
  if (root) return pemOf(root);
  throw new Failure(
    `${what} does not hold the CA's own certificate`,
    "a public CA needs nothing on clients; for a private one, name its file: --ca FILE",
  );
}

function authoritiesOf(file: Buffer, what: string): string {
  const authorities = certificatesOf(file).filter((one) => one.ca || isSelfSigned(one));
  if (authorities.length === 0) {
    throw new Failure(
      `${what} must hold a CA's certificate as PEM`,
      "a server's certificate alone does not help: ask for the CA's",
    );
  }
  return authorities.map(pemOf).join("");
}

function certificatesOf(file: Buffer): X509Certificate[] {
  const blocks =
    file.toString("latin1").match(/^-----BEGIN CERTIFICATE-----[\s\S]*?^-----END CERTIFICATE-----/gm) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
}

const isSelfSigned = (one: X509Certificate) => one.subject === one.issuer && one.verify(one.publicKey);

const pemOf = (one: X509Certificate) => `${one.toString().trimEnd()}\n`;

const CA_FILE = "ca.crt";
const BUILDKIT_FILE = "buildkitd.toml";

/** Makes a builder in a container that trusts the CA. @param folder where the files of `trustFiles` are */
export function builderCommand(folder: string, environment: string): string {
  const create = ["docker", "buildx", "create", "--use", "--name", `${environment}-builder`];
  return `(cd ${quote(folder)} && ${[...create, "--driver", "docker-container", "--buildkitd-config", BUILDKIT_FILE].join(" ")})`;
}

/** Everything that a client needs to trust a CA for this one registry and for nothing else, and a script that puts it there. */
export function trustFiles(address: string, ca: string): TrustFile[] {
  const at = (folder: string, file: string) => `${folder}/${address}/${file}`;
  const crt = (folder: string): TrustFile => ({ path: at(folder, "ca.crt"), content: ca, mode: 0o644 });
  const containerd = "etc/containerd/certs.d";
  return [
    crt("etc/docker/certs.d"),
    crt("etc/containers/certs.d"),
    crt(containerd),
    { path: at(containerd, "hosts.toml"), content: hostsToml(address, `/${at(containerd, "ca.crt")}`), mode: 0o644 },
    { path: CA_FILE, content: ca, mode: 0o644 },
    { path: BUILDKIT_FILE, content: buildkitToml(address, CA_FILE), mode: 0o644 },
    { path: "install.sh", content: installScript(address), mode: 0o755 },
  ];
}

function hostsToml(address: string, ca: string): string {
  const url = `https://${address}`;
  return `server = "${url}"\n\n[host."${url}"]\n  capabilities = ["pull", "resolve", "push"]\n  ca = "${ca}"\n`;
}

/** For BuildKit in a container: buildx reads the CA where it is called, and copies it into the builder. */
function buildkitToml(address: string, ca: string): string {
  return `[registry."${address}"]\n  ca = ["${ca}"]\n`;
}
