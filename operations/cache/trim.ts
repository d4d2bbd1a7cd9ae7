import type { Environment } from "../../config";
import { command } from "../command";
import { runInContainer } from "../docker/container-exec";
import { readContainerFile } from "../docker/container-file";
import type { DockerConnection } from "../docker/docker";
import { Failure } from "../failure";
import { CacheBucket } from "./bucket";
import { planTrim, type TrimPlan } from "./trim-plan";

/** What a cache holds and what of it would go. */
export interface Trim extends TrimPlan {
  /** Removes what the plan names. */
  readonly run: (onProgress: (removed: number) => void) => Promise<void>;
}

/**
 * Looks at a pull-through cache, and says what to remove so that it takes no more than a size.
 * @throws Failure for a registry that is none: what was pushed could not be fetched again
 */
export async function findTrim(docker: DockerConnection, environment: Environment, maxBytes: number): Promise<Trim> {
  const { name, registry, storage } = environment;
  if (!(registry.proxy ?? registry.configuration?.proxy))
    throw new Failure(
      `${name} is no pull-through cache: what was pushed to it could not be fetched again`,
      "remove images by digest instead, or set registry.proxy",
    );
  if (storage.s3)
    throw new Failure(
      `The bucket of ${name} is on a server of its own`,
      `set a lifecycle rule on bucket ${storage.s3.bucket} that expires objects by age: docs/guides/mirrors.md says how`,
    );
  const running = await readContainerFile(docker.client, `${name}-registry`, "/etc/distribution/config.yml").catch(
    () => "",
  );
  if (!/^proxy:$/m.test(running))
    throw new Failure(
      `The container ${name}-registry is not there, or runs no pull-through cache yet`,
      command("up", name),
    );
  const { bucket = "registry", region = "us-east-1", rootDirectory = "" } = storage.rustfs ?? {};
  const beside = new CacheBucket((command) => runInContainer(docker.client, `${name}-rustfs`, command), {
    ...{ environment: name, endpoint: "http://127.0.0.1:9000", region, bucket },
    keyFiles: ["/run/secrets/rustfs-access-key", "/run/secrets/rustfs-secret-key"],
  });
  const root = [rootDirectory.replace(/^\/+|\/+$/g, ""), "docker/registry/v2/"].filter(Boolean).join("/");
  const plan = planTrim(await beside.list(root), root, maxBytes, Date.now());
  return { ...plan, run: (onProgress) => beside.remove(plan.keys, onProgress) };
}
