import { existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { makePrivateFolder, PRIVATE_FOLDER, privatePath } from "../private-files";
import { listFolder, readJson } from "../readable";

/** Settings of the local backend. */
interface LocalSettings {
  readonly path?: string;
  readonly workspace_dir?: string;
}

/** What Terraform remembers of the backend that it was initialized with. */
interface Backend {
  readonly type?: string;
  readonly config?: LocalSettings;
}

/**
 * Whether `init` may simply take changed backend settings: the state is a local file, and still the same one. Terraform asks
 * for a decision whenever a word of the settings differs; anything else than this is a person's to decide.
 */
export function isSameLocalState(directory: string): boolean {
  const before = readJson<{ backend?: Backend }>(join(directory, ".terraform", "terraform.tfstate"))?.backend;
  const written = readJson<{ terraform?: { backend?: { local?: LocalSettings } } }>(join(directory, "cdk.tf.json"));
  const now = written?.terraform?.backend?.local;
  if (before?.type !== "local" || !now?.path) return false;
  return before.config?.path === now.path && before.config?.workspace_dir !== now.workspace_dir;
}

/** States that lie in a stack's folder, where the next build may remove them: other workspaces' and such that could not be written. */
export function strandedStates(directory: string): string[] {
  const workspaces = join(directory, "terraform.tfstate.d");
  return [
    ...["errored.tfstate", "terraform.tfstate"].map((name) => join(directory, name)),
    ...listFolder(workspaces).map((name) => join(workspaces, name, "terraform.tfstate")),
  ].filter((file) => existsSync(file));
}

/**
 * Terraform writes a state that its backend did not take into the folder where it runs. Takes it to where it is safe.
 * @returns where it lies now; nothing: there was none
 */
export function rescueState(environment: string, directory: string, now: Date): string | undefined {
  const errored = join(directory, "errored.tfstate");
  if (!existsSync(errored)) return undefined;
  const stamp = now.toISOString().replace(/[:.]/g, "-");
  const safe = privatePath(environment, `errored-${stamp}.tfstate`);
  makePrivateFolder(PRIVATE_FOLDER);
  mkdirSync(dirname(safe), { recursive: true, mode: 0o700 });
  renameSync(errored, safe);
  return safe;
}
