import type { Environment } from "../../config";
import { connectDocker, type DockerConnection } from "../docker/docker";
import { dockerSettings } from "../docker/settings";
import { Failure } from "../failure";
import { connectKubernetes, type KubernetesConnection } from "../kubernetes/connection";
import type { Variables } from "../terraform/terraform";
import type { Runtime } from "./runtime";

/** Connects to what runs an environment's containers. @throws Failure saying why it does not answer */
export async function connect(environment: Environment, variables: Variables): Promise<Runtime> {
  const { kubernetes } = environment;
  return kubernetes ? connectKubernetes(kubernetes, variables) : connectDocker(dockerSettings(environment), variables);
}

/**
 * The Docker Engine, for what no other platform has a way to do yet.
 * @param what continues "cannot": `back up`, `copy images`
 * @throws Failure naming the platform's place
 */
export function requireDocker(runtime: Runtime, what: string): DockerConnection {
  if (isDocker(runtime)) return runtime;
  throw new Failure(
    `${runtime.host}: this command cannot ${what} there`,
    "docs/guides/kubernetes.md says which commands work there, and what there is in place of the others",
  );
}

/** Whether containers run on a Docker Engine. */
export function isDocker(runtime: Runtime): runtime is DockerConnection {
  return "client" in runtime;
}

/** Whether containers run in a Kubernetes cluster. */
export function isKubernetes(runtime: Runtime): runtime is KubernetesConnection {
  return "serverVersion" in runtime;
}
