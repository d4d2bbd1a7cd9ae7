import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type Docker from "dockerode";
import type { Environment } from "../../config";
import { objectName } from "../../constructs/values/object-names";
import { registryTls } from "../../stacks";
import { type TarFile, tarOf } from "../docker/tar";
import { ENVIRONMENTS } from "../environments";
import { loginPath } from "../registry/login";
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
  client: Docker,
  environment: Environment,
  password: string,
  workFactor?: number,
): Promise<Uint8Array> {
  const files: TarFile[] = projectFiles(environment).map(({ path }) => ({
    ...{ path, content: readFileSync(path), mode: 0o600 },
  }));
  const certificates = await certificatesOf(client, environment);
  if (certificates) files.push({ path: `${environment.name}-certificates.tar`, content: certificates, mode: 0o600 });
  // It is an ES module only, and needed for nothing else.
  const { Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  encrypter.setPassphrase(password);
  if (workFactor) encrypter.setScryptWorkFactor(workFactor);
  return encrypter.encrypt(tarOf(files));
}

/** What is in the volume of the certificates; nothing when there is none. */
async function certificatesOf(client: Docker, environment: Environment): Promise<Buffer | undefined> {
  if (!registryTls(environment).acme) return undefined;
  const { name } = environment;
  const container = client.getContainer(objectName(name, "registry"));
  const { Mounts } = await container.inspect();
  const volume = Mounts.find(({ Name }) => Name === objectName(name, "acme"));
  if (!volume) return undefined;
  const stream = await container.getArchive({ path: volume.Destination });
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}
