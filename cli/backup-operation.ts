import type { BackupOperation } from "../operations/backup/open";
import { BackupSecrets } from "../operations/backup/secrets";
import { readEnvironment } from "../operations/environments";
import { connect, requireDocker } from "../operations/runtime/connect";
import { requireEngine } from "../operations/runtime/docker-only";
import type { Context } from "./context";
import { createInterruption } from "./interruption";
import { createProgress } from "./render/progress";

/** Prepares what works on backups, and runs it so that Ctrl-C ends it well. */
export async function prepareBackup<T>(
  { io, process }: Context,
  name: string,
  { image }: { readonly image?: string },
  work: (operation: BackupOperation) => Promise<T>,
): Promise<T> {
  const environment = readEnvironment(name);
  const variables = process.env;
  const secrets = new BackupSecrets(name, variables);
  requireEngine(environment, "backup");
  const docker = requireDocker(await connect(environment, variables), "back up, restore or copy images");
  const interruption = createInterruption(process, io);
  const release = interruption.trap?.();
  try {
    return await work({ environment, variables, docker, secrets, image, interruption, progress: createProgress(io) });
  } finally {
    release?.();
  }
}
