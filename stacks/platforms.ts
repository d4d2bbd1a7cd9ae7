import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import type { TerraformStack } from "cdktf";
import type { Environment } from "../config";
import { DockerHost, type Platform } from "../constructs";
import { pathFromStack } from "../constructs/values/local-path";

/** What runs an environment's containers, and how Terraform gets at it. */
export interface ChosenPlatform {
  readonly platform: Platform;
  /** Where it is, for people. */
  readonly place: string;
  /** Points the stack's provider at it. */
  addProvider(stack: TerraformStack): void;
}

/** The platform of an environment: the one whose section its file has. */
export function platformOf({ docker }: Pick<Environment, "docker">): ChosenPlatform {
  return dockerHost(docker);
}

function dockerHost({ host, tlsDirectory, sshOptions, olderThan25, logging }: Environment["docker"]): ChosenPlatform {
  return {
    platform: new DockerHost({ olderThan25, logging }),
    place: host,
    addProvider: (stack) =>
      void new DockerProvider(stack, "docker", {
        host,
        certPath: tlsDirectory && pathFromStack(stack, tlsDirectory),
        sshOpts: sshOptions,
      }),
  };
}
