import { storageServer } from "../../stacks";
import { inStage } from "../progress";
import { secretsPath } from "../secrets/file";
import { randomText } from "../secrets/generate";
import { type KeyPair, RustFsUsers, rootPair } from "../secrets/s3-users";
import { secretValues } from "../secrets/values";
import type { BackupOperation } from "./open";

const PREFIX = "BACKUPREADER";

/**
 * Runs a backup with a key of its own, which may list and read the bucket and nothing else, and is gone afterwards. Hold the lock
 * of backups: what a killed one left is removed.
 * @param work gets the key; nothing: there is none but the registry's, since the root pair is not at hand
 */
export async function asReader<T>(
  operation: BackupOperation,
  work: (key: KeyPair | undefined) => Promise<T>,
): Promise<T> {
  const { runtime, environment, variables, secrets, progress } = operation;
  const [key, secret] = [secrets.get("source_access_key"), secrets.get("source_secret_key")];
  if (key && secret) return work({ key, secret });
  const server = storageServer(environment);
  const names = Object.values(server?.rootCredentials ?? {});
  const root =
    server && rootPair(server, secretValues(environment.name, names, variables, secretsPath(environment.name)).values);
  if (!root) return work(undefined);
  const users = new RustFsUsers(runtime, server, root);
  const reader = { key: `${PREFIX}${randomText(8, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")}`, secret: randomText(40) };
  await inStage(progress, "key", async () => {
    for (const old of await users.names())
      if (old.startsWith(PREFIX)) await users.remove({ key: old, secret: "not-known-any-more" });
    await users.addReader(reader);
    return {
      value: undefined,
      result: `may list and read ${server.bucket} of ${server.container}, and not write`,
    };
  });
  let done: T;
  try {
    done = await work(reader);
  } catch (error) {
    // What went wrong first counts; the next backup removes what stays.
    await users.remove(reader).catch(() => {});
    throw error;
  }
  await users.remove(reader);
  return done;
}
