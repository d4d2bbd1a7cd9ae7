import { DEFAULT_REGION } from "../../constructs/values/defaults";
import { Failure } from "../failure";
import type { BackupSecrets } from "./secrets";

/** Where backups of one registry are kept. */
export interface BackupTarget {
  /** As it was given. */
  readonly text: string;
  readonly kind: "directory" | "s3" | "sftp";
  /** Folder of the Docker host. @default - it is none */
  readonly directory?: string;
  /** What rclone calls the way there, and the path behind it. */
  readonly remote: Readonly<Record<string, string>>;
  readonly path: string;
}

const FORMS = [
  "/srv/backup/registry (a directory of the Docker host)",
  "s3:https://s3.example.com/BUCKET/registry",
  "sftp://user@host/srv/backup/registry",
].join(", ");

const DIRECTORY = /^\/[^:\0]*[^:/\0]\/?$/;
const S3 = /^s3:(https?:\/\/[^\s/@?#]+)\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/[\w.=-]+)*)\/?$/;
const SFTP = /^sftp:\/\/([\w.-]+)@([\w.-]+|\[[\da-fA-F:]+\])(?::(\d{1,5}))?(\/[^\s?#]*[^\s?#/])\/?$/;

/** Where the container that copies has files of its own. */
export const KEY_FILE = "/config/ssh-key";
export const KNOWN_HOSTS_FILE = "/config/known-hosts";
/** Where that container has the directory. */
export const DIRECTORY_MOUNT = "/target";

/**
 * Reads a target, written as restic writes its repositories.
 * @param secrets what is needed to get in there
 * @throws Failure for a text that is none, and for a target whose key is missing
 */
export function parseTarget(text: string, secrets: BackupSecrets): BackupTarget {
  if (DIRECTORY.test(text) && !text.split("/").includes(".."))
    return {
      text,
      kind: "directory",
      directory: text.replace(/\/$/, ""),
      remote: { type: "local" },
      path: DIRECTORY_MOUNT,
    };
  const [, endpoint, bucket, prefix = ""] = S3.exec(text) ?? [];
  if (endpoint && bucket) {
    const access = secrets.require(text, "access_key", "secret_key");
    const remote = {
      ...{ type: "s3", provider: "Other", endpoint, force_path_style: "true", no_check_bucket: "true" },
      ...{ access_key_id: access.access_key, secret_access_key: access.secret_key },
      region: secrets.get("region") ?? regionOf(endpoint),
    };
    return { text, kind: "s3", remote, path: `${bucket}${prefix}` };
  }
  const [, user, host, port = "22", path] = SFTP.exec(text) ?? [];
  if (user && host && path) {
    secrets.require(text, "ssh_key_file");
    const remote = {
      ...{ type: "sftp", user, host: host.replace(/^\[|\]$/g, ""), port, key_file: KEY_FILE },
      // Contents are read, whatever a program there says of them; asking one for each file took most of the time.
      ...{ known_hosts_file: KNOWN_HOSTS_FILE, shell_type: "none", disable_hashcheck: "true", set_modtime: "false" },
    };
    return { text, kind: "sftp", remote, path };
  }
  throw new Failure(`A backup's target must be one of the forms below, got ${text}`, `write it as ${FORMS}`);
}

/** Amazon's endpoints name their region. */
function regionOf(endpoint: string): string {
  return /\bs3[.-]([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com/.exec(endpoint)?.[1] ?? DEFAULT_REGION;
}
