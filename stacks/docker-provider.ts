import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import type { TerraformStack } from "cdktf";
import type { Environment } from "../config";
import { pathFromStack } from "../constructs/values/local-path";

/** Points the stack's Docker provider at the environment's host. */
export function addDockerProvider(stack: TerraformStack, docker: Environment["docker"]): DockerProvider {
  return new DockerProvider(stack, "docker", {
    host: docker.host,
    certPath: docker.tlsDirectory && pathFromStack(stack, docker.tlsDirectory),
    sshOpts: docker.sshOptions,
  });
}
