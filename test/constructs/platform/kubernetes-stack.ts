import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { App, TerraformStack, Testing } from "cdktf";
import {
  InvalidOptionsError,
  KubernetesPlatform,
  type KubernetesPlatformProps,
  PrivateRegistry,
  type PrivateRegistryProps,
} from "../../../constructs";
import { FILES_ELSEWHERE } from "../../../constructs/tls/certificate/files";

// biome-ignore lint/suspicious/noExplicitAny: Terraform's JSON, looked at as a test needs it
export type Json = any;

/** A stack with a registry on Kubernetes, as Terraform's JSON. */
export function built(options: Partial<KubernetesPlatformProps> = {}, props: PrivateRegistryProps = {}): Json {
  const make = () => new KubernetesPlatform({ namespace: "images", ...options });
  const stack = new TerraformStack(new App({ stackTraces: false, context: { [FILES_ELSEWHERE]: true } }), "test");
  new KubernetesProvider(stack, "kubernetes");
  new PrivateRegistry(stack, "lab", { platform: make(), ...props });
  return JSON.parse(Testing.synth(stack, true));
}

/** Resources of a type by the name of the object. */
export function objects(stack: Json, type: string): Record<string, Json> {
  const all = Object.values(stack.resource[`kubernetes_${type}_v1`] ?? {}) as Json[];
  return Object.fromEntries(all.map((one) => [one.metadata.name, one]));
}

const WORKLOADS = ["deployment", "stateful_set", "job"];
export const workloads = (stack: Json) => WORKLOADS.flatMap((type) => Object.values(objects(stack, type)));
export const pods = (stack: Json): Json[] => workloads(stack).map(({ spec }) => spec.template);
export const containerOf = (workload: Json) => workload.spec.template.spec.container[0];

/** The hash of a pod's files: where a change of it makes another pod. The provider replaces a Job for a variable alone. */
export function filesHash({ metadata, spec }: Json): string {
  const variable = spec.container[0].env.find(({ name }: Json) => name === "PRIVATE_REGISTRY_FILES");
  return spec.restart_policy === "Never" ? variable.value : metadata.annotations["dev.private-registry/files"];
}

/** The options that are refused. */
export const problems = (options: Partial<KubernetesPlatformProps>, props: PrivateRegistryProps = {}) => {
  try {
    built(options, props);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidOptionsError)) throw error;
    return error.problems.map(({ option }) => option);
  }
};
