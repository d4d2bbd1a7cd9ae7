import type { DockerSettings, Environment } from "../../config";
import { Failure } from "../failure";

/**
 * How an environment's Docker Engine is reached, for what only a Docker Engine can do.
 * @throws Failure when the environment runs on Kubernetes
 */
export function dockerSettings({ name, docker, kubernetes }: Environment): DockerSettings {
  if (docker) return docker;
  throw new Failure(
    `${name} runs on Kubernetes, context ${kubernetes?.context}: this needs a Docker Engine`,
    "docs/guides/kubernetes.md says which commands work there, and what there is in place of the others",
  );
}
