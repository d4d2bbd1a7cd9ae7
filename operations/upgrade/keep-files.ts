import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { projectFiles } from "../backup/project";
import { Failure } from "../failure";
import type { Operation } from "../operation";
import { makePrivateFolder, PRIVATE_FOLDER, privatePath, writePrivateFile } from "../private-files";
import { terraformFailure } from "../terraform/failure";

/** So many upgrades can be looked up. */
const KEPT = 3;

/**
 * Keeps what going back by hand needs: environment files, secrets and the state, wherever it is.
 * @param directory the stack's, initialized
 * @returns the folder, which only its owner can read
 */
export async function keepFiles(operation: Operation, directory: string, now: Date): Promise<string> {
  const { environment, terraform } = operation;
  const above = privatePath(environment.name, "before-upgrade");
  const folder = join(above, now.toISOString().replace(/[:.]/g, "-"));
  makePrivateFolder(above, PRIVATE_FOLDER);
  const pulled = await terraform.run(directory, ["state", "pull"], { capture: true });
  if (pulled.code !== 0) throw await terraformFailure(operation, "read the state", pulled);
  if (!pulled.stdout.trim()) throw new Failure(`${terraform.product} returned no state to keep: nothing was changed`);
  writePrivateFile(join(folder, "terraform.tfstate"), pulled.stdout);
  for (const { path } of projectFiles(environment)) writePrivateFile(join(folder, path), readFileSync(path));
  for (const old of readdirSync(above).sort().slice(0, -KEPT)) rmSync(join(above, old), { recursive: true });
  return folder;
}
