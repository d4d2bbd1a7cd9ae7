import { readFileSync, writeFileSync } from "node:fs";
import { parseDocument } from "yaml";
import type { Environment } from "../../config";
import { connectDocker, type DockerConnection } from "../docker/docker";
import { ENGINE_LIMITS } from "../docker/engine-waits";
import { readEnvironmentFiles } from "../environments";
import { Failure } from "../failure";
import { inStage } from "../progress";
import { requireEngine } from "../runtime/docker-only";
import { type Archive, openChecked } from "./archive";
import { newFiles, writeNewFiles, writeProviders } from "./load-files";
import { type LoadedImages, type LoadImagesOptions, loadImages } from "./load-images";

export interface LoadOptions extends LoadImagesOptions {
  readonly file: string;
  /** Of the whole file, from where it was made. @default - only what the bundle says of itself is compared */
  readonly sha256?: string;
  /** Write `images.mirror` where an engine needs it. @default false */
  readonly setMirror?: boolean;
}

/** What became of one environment. */
interface LoadedEnvironment extends LoadedImages {
  readonly name: string;
  /** The file that `images.mirror` goes into, or went into. */
  readonly file: string;
  readonly mirrorIsSet: boolean;
}

export interface LoadedBundle {
  readonly archive: Archive;
  readonly environments: readonly LoadedEnvironment[];
  /** Environment files and locks that were written. */
  readonly written: readonly string[];
}

/** The time that sending images to an engine may take, over ssh too. */
const LIMITS = { ...ENGINE_LIMITS, change: 6 * 3_600_000 };

/** Checks a bundle, whole; then brings what is in it to the engines and the project. @throws Failure */
export async function loadBundle(options: LoadOptions): Promise<LoadedBundle> {
  const { progress, variables } = options;
  const archive = await openChecked(options.file, options.sha256, progress);
  const found = await newFiles(archive);
  const chosen = found.environments.filter(({ name }) => archive.contents.environments.includes(name));
  const engines: [Environment, DockerConnection][] = [];
  for (const environment of chosen)
    engines.push([environment, await connectDocker(requireEngine(environment, "bundle load"), variables, LIMITS)]);
  await inStage(progress, "files", async () => {
    writeNewFiles(found);
    await writeProviders(archive);
    return { value: undefined, result: [...found.files.keys()].join(", ") };
  });
  const files = readEnvironmentFiles();
  const environments: LoadedEnvironment[] = [];
  for (const [environment, docker] of engines) {
    const { name } = environment;
    const loaded = await loadImages(archive, environment, docker, options);
    const file = files.get(name) ?? "";
    if (loaded.mirror && options.setMirror) setMirror(file, loaded.mirror);
    environments.push({
      ...loaded,
      name,
      file,
      mirrorIsSet: loaded.mirror !== undefined && options.setMirror === true,
    });
  }
  return { archive, environments, written: [...found.files.keys()] };
}

/** Writes one key; comments and order stay. */
export function setMirror(file: string, mirror: string): void {
  const document = parseDocument(readFileSync(file, "utf8"));
  if (document.errors.length > 0) throw new Failure(`${file} cannot be read`, "npm start says why");
  document.setIn(["images", "mirror"], mirror);
  writeFileSync(file, document.toString({ lineWidth: 0 }));
}
