import { Failure } from "../failure";

/** Kubernetes' own client. Only its types may be imported elsewhere. */
export type KubernetesLibrary = typeof import("@kubernetes/client-node", { with: { "resolution-mode": "import" }});

type Made<Name extends keyof KubernetesLibrary> = KubernetesLibrary[Name] extends abstract new (
  ...args: never
) => infer Instance
  ? Instance
  : never;

// The client is an ES module and this is none: elsewhere its types cannot be imported by their names.
export type AppsV1Api = Made<"AppsV1Api">;
export type AuthorizationV1Api = Made<"AuthorizationV1Api">;
export type BatchV1Api = Made<"BatchV1Api">;
export type CoreV1Api = Made<"CoreV1Api">;
export type KubeConfig = Made<"KubeConfig">;
export type NetworkingV1Api = Made<"NetworkingV1Api">;
export type PolicyV1Api = Made<"PolicyV1Api">;
export type RequestContext = Made<"RequestContext">;
export type StorageV1Api = Made<"StorageV1Api">;
export type V1ConfigMap = Made<"V1ConfigMap">;
export type V1Container = Made<"V1Container">;
export type V1ContainerStateTerminated = Made<"V1ContainerStateTerminated">;
export type V1ContainerStatus = Made<"V1ContainerStatus">;
export type V1Deployment = Made<"V1Deployment">;
export type V1DeploymentCondition = Made<"V1DeploymentCondition">;
export type V1DeploymentSpec = Made<"V1DeploymentSpec">;
export type V1EnvVar = Made<"V1EnvVar">;
export type V1Job = Made<"V1Job">;
export type V1LabelSelector = Made<"V1LabelSelector">;
export type V1Node = Made<"V1Node">;
export type V1Pod = Made<"V1Pod">;
export type V1PodCondition = Made<"V1PodCondition">;
export type V1PodSpec = Made<"V1PodSpec">;
export type V1Service = Made<"V1Service">;
export type V1ServiceSpec = Made<"V1ServiceSpec">;
export type V1StatefulSet = Made<"V1StatefulSet">;
export type V1Status = Made<"V1Status">;
export type V1Taint = Made<"V1Taint">;
export type V1Toleration = Made<"V1Toleration">;
export type VersionApi = Made<"VersionApi">;

/** What environments on Kubernetes need besides; optional, so that nobody else has to install them. */
export const KUBERNETES_PACKAGES = ["@kubernetes/client-node@^1.4.0", "@cdktf/provider-kubernetes@^12.1.1"];

/** Loads the client when an environment needs it. @throws Failure with the command that installs it */
export async function loadLibrary(
  load: () => Promise<KubernetesLibrary> = () => import("@kubernetes/client-node"),
): Promise<KubernetesLibrary> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new Failure(
      "An environment on Kubernetes needs the package @kubernetes/client-node, which is not installed",
      `npm install ${KUBERNETES_PACKAGES.join(" ")}`,
      (error as Error).message,
    );
  }
}
