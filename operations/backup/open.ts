import type { StorageAccess } from "../storage/access";
import type { Copier } from "./copier";
import { Pool } from "./pool";
import type { BackupSecrets } from "./secrets";
import { type CopierPlace, startCopier } from "./start-copier";
import { type BackupTarget, KEY_FILE, KNOWN_HOSTS_FILE, parseTarget } from "./target";

/** What operations on backups get. */
export interface BackupOperation extends CopierPlace {
  readonly secrets: BackupSecrets;
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
  const { secrets } = operation;
  const target = parseTarget(text, secrets);
  const own = files(target, secrets, access);
  const copier = await startCopier(operation, target, own);
  try {
    const stop = () => void copier.close();
    operation.interruption.gentle.addEventListener("abort", stop, { once: true });
    const plain = {
      place: { ...target.remote, ...(TARGET_CA in own && { "override.ca_cert": TARGET_CA }) },
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

/** Keys and certificates, by where the container has them. */
function files(target: BackupTarget, secrets: BackupSecrets, access: StorageAccess | undefined) {
  const all: Record<string, Buffer | string | undefined> = {
    ...(target.kind === "sftp" && {
      [KEY_FILE]: secrets.read("ssh_key_file"),
      [KNOWN_HOSTS_FILE]: secrets.read("known_hosts_file"),
    }),
    ...(target.kind === "s3" && { [TARGET_CA]: secrets.read("ca_file") }),
    [STORE_CA]: access?.tls?.ca,
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([path, content]) => (content === undefined ? [] : [[path, Buffer.from(content)]])),
  );
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
