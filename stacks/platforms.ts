import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import type { TerraformStack } from "cdktf";
import type { Environment } from "../config";
import { DockerHost, type Platform } from "../constructs";
import { pathFromStack } from "../constructs/values/local-path";
import { DOCKER_PROVIDER, NULL_PROVIDER, type RequiredProvider } from "../constructs/values/required-providers";

/** What runs an environment's containers, and how Terraform gets at it. */
export interface ChosenPlatform {
  readonly platform: Platform;
  /** Where it is, for people. */
  readonly place: string;
  /** All that Terraform needs for a stack on it. */
  readonly providers: readonly RequiredProvider[];
  /** Points the stack's provider at it. */
  addProvider(stack: TerraformStack): void;
}

/** The platform of an environment: the one whose section its file has. */
export function platformOf({ docker }: Pick<Environment, "docker">): ChosenPlatform {
  return dockerHost(docker);
}

/** The providers of some environments, each once. */
export function requiredProviders(environments: readonly Pick<Environment, "docker">[]): RequiredProvider[] {
  const all = environments.flatMap((environment) => platformOf(environment).providers);
  return [...new Map(all.map((provider) => [provider.source, provider])).values()];
}

function dockerHost({ host, tlsDirectory, sshOptions, olderThan25, logging }: Environment["docker"]): ChosenPlatform {
  return {
    platform: new DockerHost({ olderThan25, logging }),
    place: host,
    providers: [DOCKER_PROVIDER, NULL_PROVIDER],
    addProvider: (stack) =>
      void new DockerProvider(stack, "docker", {
        host,
        certPath: tlsDirectory && pathFromStack(stack, tlsDirectory),
        sshOpts: sshOptions,
      }),
  };
}
