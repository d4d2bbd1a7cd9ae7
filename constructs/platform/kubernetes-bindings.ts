import { createRequire } from "node:module";
import { InvalidOptionsError } from "../values/errors";

const PACKAGE = "@cdktf/provider-kubernetes";

/**
 * The bindings of hashicorp/kubernetes, loaded when the first resource is made: whoever runs on Docker needs not install them.
 * @throws InvalidOptionsError naming the package that is missing
 */
export const bindings = {
  get KubernetesProvider() {
    return load<typeof import("@cdktf/provider-kubernetes/lib/provider")>("provider").KubernetesProvider;
  },
  get ConfigMapV1() {
    return load<typeof import("@cdktf/provider-kubernetes/lib/config-map-v1")>("config-map-v1").ConfigMapV1;
  },
  get DeploymentV1() {
    return load<typeof import("@cdktf/provider-kubernetes/lib/deployment-v1")>("deployment-v1").DeploymentV1;
  },
  get IngressV1() {
    return load<typeof import("@cdktf/provider-kubernetes/lib/ingress-v1")>("ingress-v1").IngressV1;
  },
  get JobV1() {
    return load<typeof import("@cdktf/provider-kubernetes/lib/job-v1")>("job-v1").JobV1;
  },
  get NetworkPolicyV1() {
    return load<typeof import("@cdktf/provider-kubernetes/lib/network-policy-v1")>("network-policy-v1").NetworkPolicyV1;
  },
  get PersistentVolumeClaimV1() {
    return load<typeof import("@cdktf/provider-kubernetes/lib/persistent-volume-claim-v1")>(
      "persistent-volume-claim-v1",
    ).PersistentVolumeClaimV1;
  },
  get PodDisruptionBudgetV1() {
    return load<typeof import("@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1")>("pod-disruption-budget-v1")
      .PodDisruptionBudgetV1;
  },
  get SecretV1() {
    return load<typeof import("@cdktf/provider-kubernetes/lib/secret-v1")>("secret-v1").SecretV1;
  },
  get ServiceAccountV1() {
    return load<typeof import("@cdktf/provider-kubernetes/lib/service-account-v1")>("service-account-v1")
      .ServiceAccountV1;
  },
  get ServiceV1() {
    return load<typeof import("@cdktf/provider-kubernetes/lib/service-v1")>("service-v1").ServiceV1;
  },
  get StatefulSetV1() {
    return load<typeof import("@cdktf/provider-kubernetes/lib/stateful-set-v1")>("stateful-set-v1").StatefulSetV1;
  },
} as const;

function load<Module>(name: string): Module {
  try {
    return createRequire(__filename)(`${PACKAGE}/lib/${name}`) as Module;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    const rule = `needs the package ${PACKAGE}, which is not installed`;
    throw new InvalidOptionsError([{ option: "kubernetes", rule, fix: `npm install ${PACKAGE}@12` }], "platform");
  }
}
