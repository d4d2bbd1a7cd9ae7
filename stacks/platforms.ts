import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import type { TerraformStack } from "cdktf";
import type { DockerSettings, Environment } from "../config";
import { DockerHost, KubernetesPlatform, type Platform } from "../constructs";
import { bindings } from "../constructs/platform/kubernetes-bindings";
import { pathFromStack } from "../constructs/values/local-path";
import {
  DOCKER_PROVIDER,
  KUBERNETES_PROVIDER,
  NULL_PROVIDER,
  type RequiredProvider,
} from "../constructs/values/required-providers";

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

type Placed = Pick<Environment, "docker" | "kubernetes">;

/** The platform of an environment: the one whose section its file has. */
export function platformOf({ docker, kubernetes }: Placed): ChosenPlatform {
  return kubernetes ? cluster(kubernetes) : dockerHost(docker as DockerSettings);
}

/** The providers of some environments, each once. */
export function requiredProviders(environments: readonly Placed[]): RequiredProvider[] {
  const all = environments.flatMap((environment) => platformOf(environment).providers);
  return [...new Map(all.map((provider) => [provider.source, provider])).values()];
}

function dockerHost({ host, tlsDirectory, sshOptions, olderThan25, logging }: DockerSettings): ChosenPlatform {
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

function cluster(kubernetes: NonNullable<Environment["kubernetes"]>): ChosenPlatform {
  const { context, kubeconfig, ...options } = kubernetes;
  return {
    platform: new KubernetesPlatform(options),
    place: `Kubernetes, context ${context}, namespace ${options.namespace}`,
    providers: [KUBERNETES_PROVIDER, NULL_PROVIDER],
    addProvider: (stack) =>
      void new bindings.KubernetesProvider(stack, "kubernetes", {
        configContext: context,
        // The provider knows ~ as the home; without a path it takes what KUBE_CONFIG_PATH says.
        configPath: kubeconfig && (kubeconfig.startsWith("~/") ? kubeconfig : pathFromStack(stack, kubeconfig)),
      }),
  };
}
