import {
  copyFileSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Environment, formatDiagnostic, loadEnvironments } from "../../config";
import { constructProblems } from "../../stacks/read";
import { ENVIRONMENTS } from "../environments";
import { Failure } from "../failure";
import { makePrivateFolder, PRIVATE_FOLDER } from "../private-files";
import { listFolder } from "../readable";
import type { Archive } from "./archive";
import { filesBelow } from "./providers";

/** Where Terraform finds the providers of a bundle, and the configuration that says so. */
const MIRROR = join(PRIVATE_FOLDER, "providers");
export const TERRAFORM_RC = join(PRIVATE_FOLDER, "terraform.rc");

/** Environment files and locks of a bundle that the project has not. */
export interface NewFiles {
  readonly environments: readonly Environment[];
  /** What will be written, by its path in the project. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/**
 * The project's environments together with those that the bundle brings; nothing is written.
 * @throws Failure when they do not go together
 */
export async function newFiles(archive: Archive): Promise<NewFiles> {
  const files = new Map<string, Buffer>();
  for (const path of Object.keys(archive.contents.files)) {
    if (dirname(path) !== "environments" || existsSync(join(ENVIRONMENTS, basename(path)))) continue;
    files.set(join(ENVIRONMENTS, basename(path)), await archive.read(path));
  }
  const folder = mkdtempSync(join(tmpdir(), "environments-"));
  try {
    const names = listFolder(ENVIRONMENTS).filter((name) => /\.ya?ml$/.test(name));
    for (const name of names) copyFileSync(join(ENVIRONMENTS, name), join(folder, name));
    for (const [path, content] of files) writeFileSync(join(folder, basename(path)), content);
    const { environments, diagnostics } = loadEnvironments(folder, (one) => constructProblems(one, []));
    if (diagnostics.length > 0)
      throw new Failure(diagnostics.map(formatDiagnostic).join("\n").replaceAll(folder, ENVIRONMENTS));
    return { environments, files };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function writeNewFiles({ files }: NewFiles): void {
  mkdirSync(ENVIRONMENTS, { recursive: true });
  for (const [path, content] of files) writeFileSync(path, content, { flag: "wx" });
}

/** Writes the providers beside the project's other private files, and a configuration for Terraform that names no network. */
export async function writeProviders(archive: Archive): Promise<void> {
  makePrivateFolder(PRIVATE_FOLDER);
  const fresh = `${MIRROR}.new`;
  rmSync(fresh, { recursive: true, force: true });
  for (const path of Object.keys(archive.contents.files)) {
    if (!path.startsWith("providers/")) continue;
    const target = join(fresh, path.slice("providers/".length));
    mkdirSync(dirname(target), { recursive: true });
    // An unpacked provider is a program; an archive does no harm as one.
    await pipeline(archive.stream(path), createWriteStream(target, { mode: 0o755 }));
  }
  // An environment that was initialized has links into the folder: what another bundle brought stays beside.
  for (const file of filesBelow(fresh)) {
    const target = join(MIRROR, file.slice(fresh.length + 1));
    mkdirSync(dirname(target), { recursive: true });
    renameSync(file, target);
  }
  rmSync(fresh, { recursive: true, force: true });
  const path = JSON.stringify(resolve(MIRROR));
  const text = `disable_checkpoint = true\n\nprovider_installation {\n  filesystem_mirror {\n    path = ${path}\n  }\n}\n`;
  writeFileSync(TERRAFORM_RC, text);
}
