import type { Environment } from "../../config";
import { objectName } from "../../constructs/values/object-names";
import { command } from "../command";
import { inspectContainer } from "../docker/container-state";
import type { DockerConnection } from "../docker/docker";
import { HelperContainer } from "../docker/helper-container";
import { pullImage } from "../docker/images";
import { Failure } from "../failure";
import { HelperPod } from "../kubernetes/helper-pod";
import type { Operation } from "../operation";
import { inStage } from "../progress";
import { isDocker, isKubernetes } from "../runtime/connect";
import { type Helper, type HelperSettings, helperName } from "../runtime/helper";
import type { Runtime } from "../runtime/runtime";
import { COPIER_VARIABLES, Copier } from "./copier";
import { rcloneImage } from "./image";
import { type BackupTarget, DIRECTORY_MOUNT } from "./target";

/** What starting what copies takes of an operation. */
export interface CopierPlace extends Pick<Operation, "environment" | "variables" | "progress" | "interruption"> {
  readonly runtime: Runtime;
  /** In place of the pinned one. */
  readonly image?: string;
}

/** What ends the name of the container that copies. */
export const COPIER = "backup";

const WITHOUT_COPIER =
  "fill the mirror with it, all platforms (docs/guides/mirrors.md), or name rclone's image elsewhere: --image REFERENCE";

/**
 * Starts rclone where the registry runs: the registry's networks lead to its storage and out, and what it needs as a proxy is
 * needed here, too.
 * @throws Failure when it cannot be started, as when another backup runs
 */
export async function startCopier(
  place: CopierPlace,
  target: BackupTarget,
  files: HelperSettings["files"],
): Promise<Copier> {
  const { environment, runtime } = place;
  const image = rcloneImage(environment, place.image);
  if (isDocker(runtime)) await pullImage(runtime, image, place, WITHOUT_COPIER);
  const variables = { ...(await proxiesOf(runtime, environment)), ...COPIER_VARIABLES };
  const settings = { environment: environment.name, noun: COPIER, image, files, variables };
  return new Copier(await startHelper(place, target, settings));
}

async function startHelper(
  { runtime, environment, interruption, progress }: CopierPlace,
  target: BackupTarget,
  settings: HelperSettings,
): Promise<Helper> {
  if (isDocker(runtime)) {
    const directories: Record<string, string> = target.directory ? { [DIRECTORY_MOUNT]: target.directory } : {};
    const networks = await networksOf(runtime, environment, target);
    return HelperContainer.start(runtime, { ...settings, networks, directories });
  }
  if (isKubernetes(runtime)) {
    if (target.directory) throw noDirectories(target);
    return inStage(progress, "pod", async (stage) => {
      const onWait = (text: string) => stage.now(text);
      const waits = { interruption, onWait, withoutImage: WITHOUT_COPIER };
      return { value: await HelperPod.start(runtime, { ...settings, ...waits }), result: helperName(settings) };
    });
  }
  throw new Failure(`Nobody knows how to copy in ${runtime.host}`);
}

function noDirectories({ text }: BackupTarget): Failure {
  return new Failure(
    `${text} is a directory of a machine, and a pod may mount none under the restricted Pod Security Standard`,
    "keep backups on a server that pods reach: s3:https://HOST/BUCKET/PATH or sftp://USER@HOST/PATH",
  );
}

async function proxiesOf(runtime: Runtime, { name }: Environment): Promise<Record<string, string>> {
  const registry = await runtime.find(objectName(name, "registry"));
  if (!registry) throw new Failure(`There is no container ${objectName(name, "registry")}`, command("up", name));
  return Object.fromEntries(
    Object.entries(registry.environment).filter(([key]) => /^(https?|no|all)_proxy$/i.test(key)),
  );
}

async function networksOf(docker: DockerConnection, { name }: Environment, target: BackupTarget): Promise<string[]> {
  const registry = await inspectContainer(docker, objectName(name, "registry"));
  const all = Object.keys(registry?.NetworkSettings.Networks ?? {});
  // A directory needs no way out.
  const inner = all.filter((network) => network === objectName(name, "storage"));
  return target.directory && inner.length > 0 ? inner : all;
}
