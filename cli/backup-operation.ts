import type { BackupOperation } from "../operations/backup/open";
import { BackupSecrets } from "../operations/backup/secrets";
import { readEnvironment } from "../operations/environments";
import { connect } from "../operations/runtime/connect";
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
  const runtime = await connect(environment, variables);
  const interruption = createInterruption(process, io);
  const release = interruption.trap?.();
  try {
    return await work({ environment, variables, runtime, secrets, image, interruption, progress: createProgress(io) });
  } finally {
    release?.();
  }
}
