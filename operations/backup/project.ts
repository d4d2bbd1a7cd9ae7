import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { basename, dirname } from "node:path/posix";
import type { Environment } from "../../config";
import { ACME_CACHE } from "../../constructs/tls/lets-encrypt";
import { objectName } from "../../constructs/values/object-names";
import { registryTls } from "../../stacks";
import type { DockerConnection } from "../docker/docker";
import { type TarFile, tarOf } from "../docker/tar";
import { ENVIRONMENTS } from "../environments";
import { loginPath } from "../registry/login";
import { isDocker } from "../runtime/connect";
import type { Runtime } from "../runtime/runtime";
import { secretsPath } from "../secrets/file";
import { backupSecretsPath } from "./secrets";

/** A file of the project that rebuilding a registry needs, and what happens without it. */
interface ProjectFile {
  readonly path: string;
  readonly without: string;
}

/** What else is needed to rebuild a registry, as far as it is on this machine: its images are not all of it. */
export function projectFiles({ name, state }: Pick<Environment, "name" | "state">): ProjectFile[] {
  const environments = existsSync(ENVIRONMENTS)
    ? readdirSync(ENVIRONMENTS).filter((file) => /\.ya?ml$|\.lock\.hcl$/.test(file))
    : [];
  const local = state.backend === "local" ? (state.path ?? `state/${name}.tfstate`) : undefined;
  const files = [
    ...environments.map((file) => ({ path: join(ENVIRONMENTS, file), without: "it has to be written again" })),
    { path: secretsPath(name), without: "every user gets a new password" },
    { path: loginPath(name), without: "verify and status have no login" },
    { path: backupSecretsPath(name), without: "the backups cannot be reached" },
    ...(local ? [{ path: local, without: "objects of this environment on the host are not recognised as yours" }] : []),
  ];
  return files.filter(({ path }) => existsSync(path) && statSync(path).isFile());
}

/**
 * They and the certificates of Let's Encrypt as one archive, encrypted so that `age --decrypt` opens it anywhere.
 * @param workFactor power of two. @default - age's own
 */
export async function sealProject(
  runtime: Runtime,
  environment: Environment,
  password: string,
  workFactor?: number,
): Promise<Uint8Array> {
  const files: TarFile[] = projectFiles(environment).map(({ path }) => ({
    ...{ path, content: readFileSync(path), mode: 0o600 },
  }));
  const certificates = await certificatesOf(runtime, environment);
  if (certificates) files.push({ path: `${environment.name}-certificates.tar`, content: certificates, mode: 0o600 });
  // It is an ES module only, and needed for nothing else.
  const { Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  encrypter.setPassphrase(password);
  if (workFactor) encrypter.setScryptWorkFactor(workFactor);
  return encrypter.encrypt(tarOf(files));
}

/** What is in the volume of the certificates, as an archive; nothing when there is none. */
async function certificatesOf(runtime: Runtime, environment: Environment): Promise<Buffer | undefined> {
  if (!registryTls(environment).acme) return undefined;
  const container = objectName(environment.name, "registry");
  if (isDocker(runtime)) return fromVolume(runtime, container, objectName(environment.name, "acme"));
  const archive = await runtime.script(container, 'tar -C "$1" -cf - "$2" | base64', [
    dirname(ACME_CACHE),
    basename(ACME_CACHE),
  ]);
  return Buffer.from(archive, "base64");
}

/** The container need not run. */
async function fromVolume({ client }: DockerConnection, name: string, mounted: string): Promise<Buffer | undefined> {
  const container = client.getContainer(name);
  const { Mounts } = await container.inspect();
  const volume = Mounts.find(({ Name }) => Name === mounted);
  if (!volume) return undefined;
  const stream = await container.getArchive({ path: volume.Destination });
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}
