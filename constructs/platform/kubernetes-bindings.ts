import { createRequire } from "node:module";
import { InvalidOptionsError } from "../values/errors";

const PACKAGE = "@cdktf/provider-kubernetes";

/** Classes of the bindings, each of which lies in a folder of its name: `ConfigMapV1` in `config-map-v1`. */
interface Bindings {
  readonly KubernetesProvider: typeof import("@cdktf/provider-kubernetes/lib/provider").KubernetesProvider;
  readonly ConfigMapV1: typeof import("@cdktf/provider-kubernetes/lib/config-map-v1").ConfigMapV1;
  readonly DeploymentV1: typeof import("@cdktf/provider-kubernetes/lib/deployment-v1").DeploymentV1;
  readonly IngressV1: typeof import("@cdktf/provider-kubernetes/lib/ingress-v1").IngressV1;
  readonly JobV1: typeof import("@cdktf/provider-kubernetes/lib/job-v1").JobV1;
  readonly NetworkPolicyV1: typeof import("@cdktf/provider-kubernetes/lib/network-policy-v1").NetworkPolicyV1;
  readonly PersistentVolumeClaimV1: typeof import("@cdktf/provider-kubernetes/lib/persistent-volume-claim-v1").PersistentVolumeClaimV1;
  readonly PodDisruptionBudgetV1: typeof import("@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1").PodDisruptionBudgetV1;
  readonly SecretV1: typeof import("@cdktf/provider-kubernetes/lib/secret-v1").SecretV1;
  readonly ServiceAccountV1: typeof import("@cdktf/provider-kubernetes/lib/service-account-v1").ServiceAccountV1;
  readonly ServiceV1: typeof import("@cdktf/provider-kubernetes/lib/service-v1").ServiceV1;
  readonly StatefulSetV1: typeof import("@cdktf/provider-kubernetes/lib/stateful-set-v1").StatefulSetV1;
}

/**
 * The bindings of hashicorp/kubernetes, loaded when the first resource is made: whoever runs on Docker needs not install them.
 * @throws InvalidOptionsError naming the package that is missing
 */
export const bindings = new Proxy({} as Bindings, { get: (_, name) => load(String(name)) });

function load(name: string): unknown {
  const words = name.replace(/^Kubernetes/, "").match(/[A-Z][a-z0-9]*/g) ?? [];
  try {
    return createRequire(__filename)(`${PACKAGE}/lib/${words.join("-").toLowerCase()}`)[name];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    const rule = `needs the package ${PACKAGE}, which is not installed`;
    throw new InvalidOptionsError([{ option: "kubernetes", rule, fix: `npm install ${PACKAGE}@12` }], "platform");
  }
}
