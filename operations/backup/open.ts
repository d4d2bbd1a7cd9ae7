import type { Environment } from "../../config";
import { objectName } from "../../constructs/values/object-names";
import { command } from "../command";
import { inspectContainer } from "../docker/container-state";
import type { DockerConnection } from "../docker/docker";
import { pullImage } from "../docker/images";
import type { TarFile } from "../docker/tar";
import { Failure } from "../failure";
import type { Operation } from "../operation";
import type { StorageAccess } from "../storage/access";
import { Copier } from "./copier";
import { rcloneImage } from "./image";
import { Pool } from "./pool";
import type { BackupSecrets } from "./secrets";
import { type BackupTarget, DIRECTORY_MOUNT, KEY_FILE, KNOWN_HOSTS_FILE, parseTarget } from "./target";

/** What operations on backups get. */
export interface BackupOperation extends Pick<Operation, "environment" | "variables" | "progress" | "interruption"> {
  readonly docker: DockerConnection;
  readonly secrets: BackupSecrets;
  /** In place of the pinned one. */
  readonly image?: string;
}

/** A target that was looked at, and what copies to and from it. */
export interface OpenTarget {
  readonly copier: Copier;
  readonly pool: Pool;
  readonly target: BackupTarget;
  /** Whose backups are kept there. @default - nobody's: it is empty */
  readonly owner?: string;
  readonly encrypted: boolean;
  /** Whether the password was made just now. */
  readonly hasNewPassword: boolean;
}

/** The registry's files in its storage, as rclone finds them. */
export function storeAt(folder: string, access: Pick<StorageAccess, "bucket" | "root">): string {
  return `registry:${access.bucket}/${access.root}${folder}`;
}

const WITHOUT_COPIER =
  "fill the mirror with it, all platforms (docs/guides/mirrors.md), or name rclone's image elsewhere: --image REFERENCE";

/**
 * Starts what copies, beside the registry, and looks at the target. Call `copier.close()` when done.
 * @param access how the registry reaches its storage, for the CA that it trusts; `addStore` tells rclone. @default - not needed
 * @param encrypt whether an empty target becomes an encrypted one
 */
export async function openTarget(
  operation: BackupOperation,
  text: string,
  access: StorageAccess | undefined,
  encrypt = false,
): Promise<OpenTarget> {
  const { environment, docker, secrets } = operation;
  const target = parseTarget(text, secrets);
  const image = rcloneImage(environment, operation.image);
  await pullImage(docker, image, operation, WITHOUT_COPIER);
  const copier = await Copier.start(docker, {
    environment: environment.name,
    image,
    ...(await surroundings(docker, environment, target)),
    files: files(target, secrets, access),
    directories: target.directory ? { [DIRECTORY_MOUNT]: target.directory } : {},
  });
  try {
    const stop = () => void copier.close();
    operation.interruption.gentle.addEventListener("abort", stop, { once: true });
    const plain = {
      place: target.remote,
      plain: { type: "alias", remote: `place:${target.path}` },
    };
    await copier.configure(plain);
    const mark = await new Pool(copier, text).mark();
    const encrypted = mark?.encrypted ?? encrypt;
    const password = encrypted ? passwordOf(operation, text, mark !== undefined) : undefined;
    if (password) await copier.addSection("target", encryptedRemote, password.password);
    else await copier.addSection("target", { type: "alias", remote: "plain:" });
    const opened = { copier, pool: new Pool(copier, text), target, owner: mark?.environment, encrypted };
    return { ...opened, hasNewPassword: password?.isNew === true };
  } catch (error) {
    await copier.close();
    throw error;
  }
}

/** Names stay hidden, too. */
const encryptedRemote = { type: "crypt", remote: "plain:encrypted" };

function passwordOf({ secrets }: BackupOperation, target: string, exists: boolean) {
  return exists ? { ...secrets.require(target, "password"), isNew: false } : secrets.ensurePassword();
}

/** Where the registry runs: its networks lead to its storage and out, and what it needs as a proxy is needed here, too. */
async function surroundings(docker: DockerConnection, { name }: Environment, target: BackupTarget) {
  const registry = await inspectContainer(docker, objectName(name, "registry"));
  if (!registry) throw new Failure(`There is no container ${objectName(name, "registry")}`, command("up", name));
  const all = Object.keys(registry.NetworkSettings.Networks);
  // A directory needs no way out.
  const inner = all.filter((network) => network === objectName(name, "storage"));
  const networks = target.directory && inner.length > 0 ? inner : all;
  const variables = registry.Config.Env.filter((line) => /^(https?|no|all)_proxy=/i.test(line));
  return { networks, variables };
}

function files(target: BackupTarget, secrets: BackupSecrets, access: StorageAccess | undefined): TarFile[] {
  const file = (path: string, content: Buffer | string | undefined, mode = 0o600) =>
    content === undefined ? [] : [{ path: path.replace(/^\//, ""), content: Buffer.from(content), mode }];
  return [
    ...(target.kind === "sftp"
      ? [...file(KEY_FILE, secrets.read("ssh_key_file")), ...file(KNOWN_HOSTS_FILE, secrets.read("known_hosts_file"))]
      : []),
    ...(target.kind === "s3" ? file(TARGET_CA, secrets.read("ca_file")) : []),
    ...file(STORE_CA, access?.tls?.ca),
  ];
}

const STORE_CA = "/config/store-ca.pem";
const TARGET_CA = "/config/target-ca.pem";

/** Tells rclone of the registry's storage, with a key that opens it. */
export function addStore({ copier }: Pick<OpenTarget, "copier">, access: StorageAccess): Promise<void> {
  return copier.addSection("registry", storeRemote(access));
}

/** The registry's storage, with a key that opens it. */
function storeRemote({ url, bucket, pathStyle, region, accessKey, secretKey, tls }: StorageAccess) {
  const host = pathStyle ? url.host : url.host.replace(`${bucket}.`, "");
  return {
    ...{
      type: "s3",
      provider: "Other",
      endpoint: `${url.protocol}//${host}${url.pathname.replace(/\/$/, "")}`,
      region,
    },
    ...{ access_key_id: accessKey, secret_access_key: secretKey },
    ...{ force_path_style: String(pathStyle), no_check_bucket: "true" },
    ...(tls?.ca && { "override.ca_cert": STORE_CA }),
    ...(tls?.skipVerify && { "override.no_check_certificate": "true" }),
  };
}
