import type { Environment } from "../../config";
import { connectDocker, type DockerConnection } from "../docker/docker";
import { dockerSettings } from "../docker/settings";
import { Failure } from "../failure";
import type { Variables } from "../terraform/terraform";
import type { Runtime } from "./runtime";

/** Connects to what runs an environment's containers. @throws Failure saying why it does not answer */
export async function connect(environment: Environment, variables: Variables): Promise<Runtime> {
  return connectDocker(dockerSettings(environment), variables);
}

/**
 * The Docker Engine, for what no other platform has a way to do yet.
 * @param what continues "cannot": `back up`, `copy images`
 * @throws Failure naming the platform's place
 */
export function requireDocker(runtime: Runtime, what: string): DockerConnection {
  if (isDocker(runtime)) return runtime;
  throw new Failure(`What runs at ${runtime.host} is no Docker Engine: this command cannot ${what} there`);
}

/** Whether containers run on a Docker Engine. */
export function isDocker(runtime: Runtime): runtime is DockerConnection {
  return "client" in runtime;
}
